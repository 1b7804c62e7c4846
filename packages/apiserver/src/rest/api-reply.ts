/** What a handler answers, before a transport sends it. */
import type { IncomingHttpHeaders } from 'node:http';
import type { WatchStart, WatchSubject } from '../watch/watch-hub.ts';
import type { RequestInfo } from './request-info.ts';
import type { UserInfo } from './user-info.ts';

export interface ApiRequest {
  readonly info: RequestInfo;
  readonly user: UserInfo;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type ApiReply = BodyReply | WatchReply;

export interface BodyReply {
  readonly type: 'body';
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: string | Buffer;
  /** Beyond the ones every answer has. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export interface WatchReply {
  readonly type: 'watch';
  readonly contentType: string;
  readonly subject: WatchSubject;
  readonly start: WatchStart;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

export function textReply(status: number, body: string): BodyReply {
  return {
    type: 'body',
    status,
    contentType: 'text/plain; charset=utf-8',
    body,
    headers: [['x-content-type-options', 'nosniff']],
  };
}

export function pageNotFound(): BodyReply {
  return textReply(404, '404 page not found\n');
}

export function warningHeaders(warnings: readonly string[]): [string, string][] {
  return warnings.map((text) => ['warning', `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`]);
}
