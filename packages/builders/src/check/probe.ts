/** Probes: one action, and numbers in range. */
import type { Report } from '../builder-error.ts';
import type { V1Probe } from '../gen/core/v1.ts';
import { join } from './join.ts';
import { checkPort } from './ports.ts';

const minimums = {
  initialDelaySeconds: 0,
  periodSeconds: 1,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 1,
  terminationGracePeriodSeconds: 1,
} as const;

/** Reports what the API refuses in a probe of any role. */
export function checkProbe(probe: V1Probe, path: string, report: Report): void {
  const actions = [probe.httpGet, probe.tcpSocket, probe.exec, probe.grpc].filter((action) => action !== undefined);
  if (actions.length !== 1) {
    report('PROBE', path, `a probe has exactly one of httpGet, tcpSocket, exec and grpc, not ${actions.length}`);
  }
  for (const [field, minimum] of Object.entries(minimums)) {
    const value = probe[field as keyof typeof minimums];
    if (value !== undefined && !(Number.isInteger(value) && value >= minimum)) {
      report('PROBE', join(path, field), `${value} must be a whole number of at least ${minimum}`);
    }
  }
  if (probe.exec && (probe.exec.command ?? []).length === 0)
    report('PROBE', join(path, 'exec.command'), 'name a command');
  if (probe.httpGet) checkPort(probe.httpGet.port, join(path, 'httpGet.port'), report);
  if (probe.tcpSocket) checkPort(probe.tcpSocket.port, join(path, 'tcpSocket.port'), report);
  if (probe.grpc) checkPort(probe.grpc.port, join(path, 'grpc.port'), report);
}

/** Liveness and startup probes restart on failure: a success threshold above 1 makes no sense and is refused. */
export function checkSingleSuccess(probe: V1Probe | undefined, path: string, report: Report): void {
  const { successThreshold = 1 } = probe ?? {};
  if (successThreshold !== 1) {
    report('PROBE', join(path, 'successThreshold'), `${successThreshold} must be 1 for liveness and startup probes`);
  }
}

/** Named ports that a probe refers to, with their paths. */
export function namedPortsOf(
  probe: V1Probe | undefined,
  path: string,
): readonly (readonly [path: string, name: string])[] {
  return (['httpGet', 'tcpSocket'] as const).flatMap((action) => {
    const port = probe?.[action]?.port;
    return typeof port === 'string' && !/^\d+$/.test(port) ? [[join(path, `${action}.port`), port] as const] : [];
  });
}
