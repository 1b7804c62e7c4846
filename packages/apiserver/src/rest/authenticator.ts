/** Bearer tokens and client certificates in, a user out. */
import type { UserInfo } from './user-info.ts';
import { anonymous } from './user-info.ts';
import { StatusError } from './status-error.ts';

export interface Credentials {
  /** The Authorization header. */
  readonly authorization: string | undefined;
  /** The subject of a client certificate that our CA signed. */
  readonly certificate: { readonly commonName: string; readonly organizations: readonly string[] } | undefined;
}

export interface TokenUser {
  readonly name: string;
  readonly groups?: readonly string[];
}

export class Authenticator {
  readonly #tokens: ReadonlyMap<string, UserInfo>;
  readonly #authorized = new Map<string, UserInfo>();

  constructor(tokens: Readonly<Record<string, TokenUser>>) {
    this.#tokens = new Map(Object.entries(tokens).map(([token, user]) => [token, toUser(user)]));
    for (const [token, user] of this.#tokens) this.#authorized.set(`Bearer ${token}`, user);
  }

  /** @throws StatusError 401 for a token nobody has. */
  authenticate(credentials: Credentials): UserInfo {
    const { authorization, certificate } = credentials;
    if (authorization !== undefined) {
      const known = this.#authorized.get(authorization);
      if (known !== undefined) return known;
      const token = /^Bearer\s+(?<token>\S+)\s*$/i.exec(authorization)?.groups?.['token'];
      const user = token === undefined ? undefined : this.#tokens.get(token);
      if (user !== undefined) return user;
      throw new StatusError(401, 'Unauthorized', 'Unauthorized');
    }
    if (certificate === undefined) return anonymous;
    return toUser({ name: certificate.commonName, groups: certificate.organizations });
  }

  user(token: string): UserInfo | undefined {
    return this.#tokens.get(token);
  }
}

function toUser(user: TokenUser): UserInfo {
  return { name: user.name, groups: [...(user.groups ?? []), 'system:authenticated'] };
}
