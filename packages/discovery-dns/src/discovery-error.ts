/** The one error class of this package. Codes are API; messages are for people. */
export type DiscoveryErrorCode =
  /** A host name that does not end in a StatefulSet ordinal. Not retryable: run as a StatefulSet or name the node. */
  | 'POD_NAME_INVALID'
  /** A part of a DNS name (set, service, namespace, domain) that cannot be one. Not retryable. */
  | 'DNS_NAME_INVALID';

export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
  readonly code: DiscoveryErrorCode;

  constructor(code: DiscoveryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export function isDiscoveryError(error: unknown): error is DiscoveryError {
  return error instanceof DiscoveryError;
}
