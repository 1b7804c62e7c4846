/**
 * Port: where the API server is and how to prove who we are. Implemented by `InClusterAuth` (service
 * account volume) and `ClientNodeAuth` (kubeconfig files).
 */

/** TLS side of a connection; a change of any field opens a new pool and drains the old one. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  /** Name to verify instead of the URL's host. */
  readonly servername?: string;
  /** @default true */
  readonly rejectUnauthorized?: boolean;
  /** HTTP proxy to tunnel through. */
  readonly proxyUrl?: string;
}

export interface Credentials {
  /** `https://host:port`, optionally with a path prefix, without trailing slash. */
  readonly server: string;
  readonly tls: TlsMaterial;
  /** Lower-case names: `authorization`, `impersonate-user`. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ClusterAuth {
  /** Current credentials; cheap, because it is asked before every request. */
  credentials(options: { readonly signal: AbortSignal }): Promise<Credentials>;
  /**
   * Called after a 401 for `rejected`. Resolves `true` when fresh credentials differ or may differ,
   * so one more attempt makes sense.
   */
  refresh(rejected: Credentials, options: { readonly signal: AbortSignal }): Promise<boolean>;
}
