/** Errors of this package towards whoever starts a server. What clients of the server see is HTTP. */
export type ApiServerErrorCode =
  | 'APISERVER_OPTION_INVALID' // an option of startApiServer can't be used as given
  | 'APISERVER_LISTEN_FAILED' // the port can't be had; `cause` is the system's error
  | 'APISERVER_USER_UNKNOWN'; // no token belongs to that user

export class ApiServerError extends Error {
  readonly code: ApiServerErrorCode;

  constructor(code: ApiServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiServerError';
    this.code = code;
  }
}

export function isApiServerError(error: unknown): error is ApiServerError {
  return error instanceof ApiServerError;
}
