/**
 * The whole request path behind a transport: authentication, authorization, dispatch, and errors as `Status`.
 * Synchronous from decoded body to answer, so each request is one atomic step.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { ApiCore } from './api-core.ts';
import type { ApiReply, ApiRequest, BodyReply, WatchReply } from './api-reply.ts';
import type { Authenticator, Credentials } from './authenticator.ts';
import type { Authorizer } from './authorizer.ts';
import { plainFormat, type ReplyFormat, statusReply } from './encode-reply.ts';
import { handleMeta, type MetaContext } from './meta-handler.ts';
import { negotiate } from './negotiation.ts';
import { isTrue, type RequestInfo } from './request-info.ts';
import { handleResource } from './resource-handler.ts';
import { StatusError } from './status-error.ts';
import { readIncludeObject } from './table-view.ts';
import { anonymous, type UserInfo } from './user-info.ts';
import { eventLine, InStreamError } from './watch-handler.ts';

export interface IncomingRequest {
  readonly info: RequestInfo;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly certificate: Credentials['certificate'];
}

export interface HandledRequest {
  readonly user: UserInfo;
  readonly reply: ApiReply;
}

export class ApiHandler {
  readonly #core: ApiCore;
  readonly #authenticator: Authenticator;
  readonly #authorizer: Authorizer;
  readonly #meta: MetaContext;

  constructor(core: ApiCore, authenticator: Authenticator, authorizer: Authorizer, meta: MetaContext) {
    this.#core = core;
    this.#authenticator = authenticator;
    this.#authorizer = authorizer;
    this.#meta = meta;
  }

  /** Never throws for anything a client can cause; a defect of the server answers 500. */
  handle(incoming: IncomingRequest): HandledRequest {
    let user = anonymous;
    let format = plainFormat;
    const { info, headers } = incoming;
    try {
      user = this.#authenticator.authenticate({
        authorization: headers.authorization,
        certificate: incoming.certificate,
      });
      this.#authorizer.authorize(user, info);
      const request: ApiRequest = { info, headers, body: incoming.body, user };
      if (!info.isResource) return { user, reply: handleMeta(this.#meta, request) };
      format = readFormat(info, headers.accept, this.#core.clock.nowMs());
      return { user, reply: handleResource(this.#core, request, format) };
    } catch (error) {
      if (error instanceof InStreamError) return { user, reply: streamedError(error) };
      const failure = asStatusError(error);
      return { user, reply: statusReply(failure, failure.code === 406 ? errorFormat(headers.accept) : format) };
    }
  }
}

function readFormat(info: RequestInfo, accept: string | undefined, nowMs: number): ReplyFormat {
  const representation = negotiate(accept, info.verb === 'watch');
  const pretty = info.query.get('pretty');
  const includeObject = representation.as === 'Table' ? readIncludeObject(info.query) : 'Metadata';
  return { representation, pretty: pretty !== null && isTrue(pretty), table: { nowMs, includeObject } };
}

/** What can't be shown as asked is refused in the next best form. */
function errorFormat(accept: string | undefined): ReplyFormat {
  try {
    return { ...plainFormat, representation: { ...negotiate(accept, false), as: 'object' } };
  } catch {
    return plainFormat;
  }
}

function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new StatusError(500, 'InternalError', `Internal error occurred: ${reason}`, { causes: [{ message: reason }] });
}

/** A stream of one ERROR event, which is how watches learn that their start is gone. */
function streamedError(error: StatusError): BodyReply | WatchReply {
  return {
    type: 'body',
    status: 200,
    contentType: 'application/json',
    body: `${eventLine('ERROR', JSON.stringify(error.toStatus()))}\n`,
  };
}
