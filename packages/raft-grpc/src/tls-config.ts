/**
 * How peers trust each other. `disabled` is for development; production manifests use `mtls`, where each node's certificate
 * names the pod's stable DNS name and must match the id that the node claims.
 */
export interface TlsFiles {
  /** PEM chain of this node's certificate. */
  readonly certFile: string;
  /** PEM private key of that certificate. */
  readonly keyFile: string;
  /** PEM certificates of the authority that signs all nodes. */
  readonly caFile: string;
}

export interface TlsReload {
  /**
   * How often the files are read again, in ms; mounted Secrets change in place. New certificates are used for new
   * connections at once, and connections of our own are renewed with the new one open before the old closes.
   * @default 10000
   */
  readonly reloadMs?: number;
}

export type TlsConfig =
  | { readonly mode: 'disabled' }
  /** The accepting side proves its name; anybody may dial. */
  | { readonly mode: 'tls'; readonly files: TlsFiles; readonly reloadMs: number }
  /** Both sides prove their names. */
  | { readonly mode: 'mtls'; readonly files: TlsFiles; readonly reloadMs: number };

export const TlsConfig: {
  disabled(): TlsConfig;
  tls(files: TlsFiles, reload?: TlsReload): TlsConfig;
  mtls(files: TlsFiles, reload?: TlsReload): TlsConfig;
} = {
  disabled: () => ({ mode: 'disabled' }),
  tls: (files, { reloadMs = 10_000 } = {}) => ({ mode: 'tls', files, reloadMs }),
  mtls: (files, { reloadMs = 10_000 } = {}) => ({ mode: 'mtls', files, reloadMs }),
};
