/** Resource requests and limits: syntax, sign, and their relation. */
import type { Report } from '../builder-error.ts';
import type { V1ResourceRequirements } from '../gen/core/v1.ts';
import { quantity } from '../values/quantity.ts';
import { join } from './join.ts';

/** Reports quantities that are malformed or negative, requests above limits, and overcommitted extended resources. */
export function checkResources(resources: V1ResourceRequirements | undefined, path: string, report: Report): void {
  const { requests = {}, limits = {} } = resources ?? {};
  const fine = {
    requests: checkQuantities(requests, join(path, 'requests'), report),
    limits: checkQuantities(limits, join(path, 'limits'), report),
  };
  for (const [name, request] of Object.entries(requests)) {
    const limit = limits[name];
    const at = `${join(path, 'requests')}.${name}`;
    if (isExtended(name) && fine.requests && limit === undefined) {
      report('QUANTITY', at, `"${name}" is an extended resource and needs a limit equal to its request ${request}`);
    }
    if (limit === undefined || !fine.requests || !fine.limits) continue;
    const order = quantity.compare(request, limit);
    if (isExtended(name) && order !== 0) {
      report('QUANTITY', at, `"${name}" is an extended resource: request ${request} must equal limit ${limit}`);
    } else if (order > 0) report('QUANTITY', at, `request ${request} is above limit ${limit}`);
  }
}

/** Reports `QUANTITY` unless `value` is a quantity that is not negative. Returns whether it is one. */
export function checkQuantity(value: unknown, path: string, report: Report): boolean {
  if (!quantity.isValid(String(value))) {
    report(
      'QUANTITY',
      path,
      `"${String(value)}" is not a quantity; write a number with an optional suffix such as 100m, 0.5, 2Gi`,
    );
    return false;
  }
  if (quantity.compare(String(value), 0) >= 0) return true;
  report('QUANTITY', path, `${String(value)} is negative`);
  return false;
}

function checkQuantities(amounts: Readonly<Record<string, string>>, path: string, report: Report): boolean {
  return Object.entries(amounts)
    .map(([name, amount]) => checkQuantity(amount, `${path}.${name}`, report))
    .every(Boolean);
}

/** Extended resources have a domain outside of Kubernetes, or are huge pages; they cannot be overcommitted. */
function isExtended(name: string): boolean {
  if (name.startsWith('hugepages-')) return true;
  return name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);
}
