/** Probes: how the kubelet learns whether a container lives, is ready, or has started. */
import type { Report } from '../builder-error.ts';
import { checkProbe } from '../check/probe.ts';
import { Fluent } from '../fluent.ts';
import type { V1HTTPGetAction, V1Probe } from '../gen/core/v1.ts';
import { type Duration, seconds } from '../values/duration.ts';
import { attempt } from '../guard-calls.ts';

/** Options of an HTTP probe. */
export interface HttpProbeOptions {
  /** @default 'HTTP' */
  readonly scheme?: 'HTTP' | 'HTTPS';
  /** Request headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Host to connect to. @default the pod's address */
  readonly host?: string;
}

/**
 * A probe: one action, and how often and how patiently it runs.
 *
 *     Probe.http('/healthz', 8080).initialDelay('5s').period(10)
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/
 */
export class Probe extends Fluent<V1Probe> {
  private constructor(action: Partial<V1Probe>) {
    super(action);
  }

  /** Succeeds if a GET answers 200 to 399. `port` is a number or a named container port. */
  static http(path: string, port: number | string, options: HttpProbeOptions = {}): Probe {
    return attempt('Probe.http()', () => {
      const { scheme, headers, host } = options;
      const httpGet: V1HTTPGetAction = { path, port };
      if (scheme !== undefined) httpGet.scheme = scheme;
      if (host !== undefined) httpGet.host = host;
      if (headers !== undefined)
        httpGet.httpHeaders = Object.entries(headers).map(([name, value]) => ({ name, value }));
      return new Probe({ httpGet });
    });
  }

  /** Succeeds if a TCP connection opens. */
  static tcp(port: number | string, options: { readonly host?: string } = {}): Probe {
    return new Probe({ tcpSocket: { port, ...options } });
  }

  /** Succeeds if the command exits 0 inside the container. */
  static exec(command: readonly string[]): Probe {
    return attempt('Probe.exec()', () => new Probe({ exec: { command: [...command] } }));
  }

  /** Succeeds if the gRPC health service answers SERVING. `port` is a number. */
  static grpc(port: number, options: { readonly service?: string } = {}): Probe {
    return new Probe({ grpc: { port, ...options } });
  }

  /** Holds a plain value as it is. */
  static from(probe: V1Probe): Probe {
    return new Probe({}).lift(probe);
  }

  /** Wait after the container started. @default 0 s */
  initialDelay(delay: Duration): this {
    return this.with({ initialDelaySeconds: seconds(delay) });
  }

  /** Time from one run to the next, at least 1 s. @default 10 s */
  period(period: Duration): this {
    return this.with({ periodSeconds: seconds(period) });
  }

  /** Time a run may take, at least 1 s. @default 1 s */
  timeout(timeout: Duration): this {
    return this.with({ timeoutSeconds: seconds(timeout) });
  }

  /** Successes in a row after a failure; must be 1 for liveness and startup probes. @default 1 */
  successThreshold(count: number): this {
    return this.with({ successThreshold: count });
  }

  /** Failures in a row before the container counts as failed. @default 3 */
  failureThreshold(count: number): this {
    return this.with({ failureThreshold: count });
  }

  /** Grace of the restart this probe causes. @default the pod's own */
  terminationGracePeriod(grace: Duration): this {
    return this.with({ terminationGracePeriodSeconds: seconds(grace) });
  }

  protected override check(probe: V1Probe, report: Report): void {
    checkProbe(probe, '', report);
  }

  protected override subject(): string {
    return 'Probe';
  }
}
