/**
 * Decides whether a user may do what a request asks. `allow` lets every authenticated user do everything; `rbac` lets
 * only members of `system:masters`. On top of both, each user can have rules that deny.
 */
import type { RequestInfo } from './request-info.ts';
import { forbidden, qualified, StatusError } from './status-error.ts';
import { isAuthenticated, type UserInfo } from './user-info.ts';

/** Matches requests; an absent part matches everything, `*` too. */
export interface DenyRule {
  readonly verbs?: readonly string[];
  /** `deployments.apps`, `webapps.example.com/status`. */
  readonly resources?: readonly string[];
  readonly namespaces?: readonly string[];
}

export type AuthorizationMode = 'allow' | 'rbac';

/** Discovery and health, which every authenticated user may read. */
const openPaths = ['/api', '/apis', '/openapi', '/version', '/healthz', '/livez', '/readyz', '/.well-known'];
const anonymousPaths = new Set(['/healthz', '/livez', '/readyz', '/version']);

export class Authorizer {
  readonly #mode: AuthorizationMode;
  readonly #denials = new Map<string, readonly DenyRule[]>();

  constructor(mode: AuthorizationMode) {
    this.#mode = mode;
  }

  /** Replaces the rules of a user; an empty list lifts them. */
  setDenials(userName: string, rules: readonly DenyRule[]): void {
    if (rules.length === 0) this.#denials.delete(userName);
    else this.#denials.set(userName, rules);
  }

  /** @throws StatusError 403 in Kubernetes' words. */
  authorize(user: UserInfo, request: RequestInfo): void {
    const denials = this.#denials.get(user.name);
    if (denials?.some((rule) => denies(rule, request)) !== true && this.#allows(user, request)) return;
    throw denied(user, request);
  }

  #allows(user: UserInfo, request: RequestInfo): boolean {
    if (user.groups.includes('system:masters')) return true;
    if (!isAuthenticated(user)) return !request.isResource && anonymousPaths.has(request.path);
    if (this.#mode === 'allow') return true;
    return !request.isResource && request.verb === 'get' && openPaths.some((path) => isUnder(request.path, path));
  }
}

function isUnder(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function denies(rule: DenyRule, request: RequestInfo): boolean {
  if (!request.isResource) return false;
  const resource = qualified(request.group, request.resource);
  const full = request.subresource === undefined ? resource : `${resource}/${request.subresource}`;
  return (
    matches(rule.verbs, request.verb) &&
    matches(rule.resources, full) &&
    matches(rule.namespaces, request.namespace ?? '')
  );
}

function matches(accepted: readonly string[] | undefined, value: string): boolean {
  return accepted === undefined || accepted.includes('*') || accepted.includes(value);
}

function denied(user: UserInfo, request: RequestInfo): StatusError {
  if (!request.isResource) {
    return new StatusError(
      403,
      'Forbidden',
      `forbidden: User "${user.name}" cannot ${request.verb} path "${request.path}"`,
      {},
    );
  }
  const { group, resource, subresource, namespace, verb, name } = request;
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  const scope = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const detail = `User "${user.name}" cannot ${verb} resource "${full}" in API group "${group}" ${scope}`;
  return forbidden({ group, plural: resource }, name, detail);
}
