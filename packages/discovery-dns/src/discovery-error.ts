/** The one error class of this package. Codes are API; messages are for people. */
export type DiscoveryErrorCode =
  | 'POD_NAME_INVALID' // the host name ends in no StatefulSet ordinal: run as a StatefulSet, or name the node
  | 'DNS_NAME_INVALID'; // set, service, namespace or cluster domain is no DNS name: the message names it

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
