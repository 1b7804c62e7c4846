/** A Kubernetes API server inside Node. */
// For users
export { type ApiServer, startApiServer, type WatchFilter } from './start-api-server.ts';
export type { ApiServerOptions, ControllerName, TokenUserOptions } from './options.ts';
export { ApiServerError, type ApiServerErrorCode, isApiServerError } from './errors.ts';
export type { ServerSnapshot } from './server-snapshot.ts';
export { type ManualClock, manualClock } from './testing/manual-clock.ts';
export type { Fault, FaultAction, FaultMatch } from './testing/fault-injector.ts';
export type { TracedRequest, TraceFilter } from './testing/request-trace.ts';
export type { AuthorizationMode, DenyRule } from './rest/authorizer.ts';
export type { CertificateAuthority, KeyPair } from './rest/serving-certificates.ts';
// For implementers of clocks
export type { Clock, Timer } from './store/clock.ts';
