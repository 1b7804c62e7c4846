/** Options of a server and how they are checked and filled. */
import type { AuthorizationMode, DenyRule } from './rest/authorizer.ts';
import type { CertificateAuthority } from './rest/serving-certificates.ts';
import { type Clock, systemClock } from './store/clock.ts';
import type { HistoryLimits } from './store/history-ring.ts';
import { type RandomSource, seededRandom, systemRandom } from './store/random-source.ts';
import { ApiServerError } from './errors.ts';
import type { ServerSnapshot } from './server-snapshot.ts';

/** A user that a bearer token stands for. */
export interface TokenUserOptions {
  readonly name: string;
  /** `system:masters` may do everything. @default [] */
  readonly groups?: readonly string[];
  /** What this user may not do, whatever the mode. Can be changed later with `api.deny`. @default [] */
  readonly deny?: readonly DenyRule[];
}

export type ControllerName = 'namespaces' | 'garbage-collector';

export interface ApiServerOptions {
  /** TCP port on loopback; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** Address to listen on. @default '127.0.0.1' */
  readonly host?: string;
  /** HTTPS with a generated authority (HTTP/2 and HTTP/1.1), or plain HTTP/1.1. @default true */
  readonly tls?: boolean;
  /** Authority to issue certificates from, for a server that replaces an earlier one. @default a new one */
  readonly authority?: CertificateAuthority | undefined;
  /** `allow`: every authenticated user may do everything. `rbac`: only `system:masters`. @default 'allow' */
  readonly auth?: AuthorizationMode;
  /** Bearer tokens. @default one random token for user `admin` in `system:masters` */
  readonly tokens?: Readonly<Record<string, TokenUserOptions>>;
  /** Controllers that run in the server. CustomResourceDefinitions are always served. @default 'default' (all) */
  readonly controllers?: 'default' | 'none' | readonly ControllerName[];
  /** @default the system's clock */
  readonly clock?: Clock;
  /** Seed for uids and generated names. @default true randomness */
  readonly random?: number;
  /** Events kept per resource for watches that start in the past. @default 10,000 events, 5 minutes */
  readonly history?: Partial<HistoryLimits>;
  /** State to start from, as `api.snapshot()` returned it, of this or another server. @default an empty cluster */
  readonly snapshot?: ServerSnapshot;
  /** Requests that `api.trace` remembers. Integer ≥ 0. @default 10,000 */
  readonly traceSize?: number;
  /** Told about defects of the server that no request can be blamed for. @default ignored */
  readonly onError?: (error: unknown) => void;
}

export interface ResolvedOptions {
  readonly port: number;
  readonly host: string;
  readonly tls: boolean;
  readonly authority: CertificateAuthority | undefined;
  readonly auth: AuthorizationMode;
  readonly tokens: Readonly<Record<string, TokenUserOptions>>;
  readonly controllers: readonly ControllerName[];
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly history: HistoryLimits;
  readonly snapshot: ServerSnapshot | undefined;
  readonly traceSize: number;
  readonly onError: (error: unknown) => void;
}

const allControllers: readonly ControllerName[] = ['namespaces', 'garbage-collector'];

/** @throws ApiServerError code APISERVER_OPTION_INVALID naming field, value and fix. */
export function resolveOptions(options: ApiServerOptions): ResolvedOptions {
  const port = options.port ?? 0;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw optionError('port', port, 'give an integer from 0 (a free port) to 65535');
  }
  const events = options.history?.events ?? 10_000;
  if (!Number.isInteger(events) || events < 1) throw optionError('history.events', events, 'give an integer ≥ 1');
  const ms = options.history?.ms ?? 300_000;
  if (!(ms > 0)) throw optionError('history.ms', ms, 'give milliseconds > 0');
  const traceSize = options.traceSize ?? 10_000;
  if (!Number.isInteger(traceSize) || traceSize < 0) throw optionError('traceSize', traceSize, 'give an integer ≥ 0');
  const random = options.random === undefined ? systemRandom : seededRandom(options.random);
  return {
    port,
    host: options.host ?? '127.0.0.1',
    tls: options.tls ?? true,
    authority: options.authority,
    auth: options.auth ?? 'allow',
    tokens: options.tokens ?? { [systemRandom.uuid()]: { name: 'admin', groups: ['system:masters'] } },
    controllers: resolveControllers(options.controllers ?? 'default'),
    clock: options.clock ?? systemClock,
    random,
    history: { events, ms },
    snapshot: options.snapshot,
    traceSize,
    onError: options.onError ?? (() => undefined),
  };
}

function resolveControllers(given: 'default' | 'none' | readonly ControllerName[]): readonly ControllerName[] {
  if (given === 'none') return [];
  if (given === 'default') return allControllers;
  for (const name of given) {
    if (!allControllers.includes(name))
      throw optionError('controllers', name, `choose from ${allControllers.join(', ')}`);
  }
  return given;
}

function optionError(field: string, value: unknown, fix: string): ApiServerError {
  return new ApiServerError('APISERVER_OPTION_INVALID', `option ${field} is ${String(value)}: ${fix}`);
}
