/** The spec of a persistent volume claim, alone or as a template. */
import type { Report } from '../builder-error.ts';
import type { V1PersistentVolumeClaimSpec } from '../gen/core/v1.ts';
import { checkSelector } from './label-syntax.ts';
import { checkName, subdomain } from './names.ts';
import { checkQuantity } from './resources.ts';

/** Reports what the API refuses in a claim. */
export function checkClaim(spec: V1PersistentVolumeClaimSpec | undefined, path: string, report: Report): void {
  const storage = spec?.resources?.requests?.storage;
  if (storage === undefined) report('MISSING_CALL', `${path}.resources.requests.storage`, 'call .storage()');
  else checkQuantity(storage, `${path}.resources.requests.storage`, report);
  const modes = spec?.accessModes ?? [];
  if (modes.length === 0) report('MISSING_CALL', `${path}.accessModes`, 'call .accessMode()');
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) {
    report('RANGE', `${path}.accessModes`, 'ReadWriteOncePod cannot be combined with other modes');
  }
  if (spec?.storageClassName) checkName(spec.storageClassName, subdomain, `${path}.storageClassName`, report);
  checkSelector(spec?.selector, `${path}.selector`, report);
}
