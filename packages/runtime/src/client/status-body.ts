/** Reads the answer of a failed request into a `StatusError`, whatever stands behind the address. */
import { type StatusBody, StatusError } from './status-error.ts';

/** Enough of a proxy's error page to recognise it, short enough for a log line. */
const MAX_EXCERPT_CHARS = 200;

/** `request` is `GET /path`, for answers that say nothing themselves. */
export function parseStatusError(
  answer: { readonly status: number; readonly body: Buffer; readonly retryAfterMs: number | undefined },
  request: string,
): StatusError {
  const status = parseStatus(answer.body);
  const retryAfterMs =
    answer.retryAfterMs ??
    (status?.details?.retryAfterSeconds === undefined ? undefined : status.details.retryAfterSeconds * 1_000);
  const message = status?.message ?? excerpt(answer.body);
  return new StatusError(message === '' ? `${request} was answered with HTTP ${answer.status}` : message, {
    code: status?.code ?? answer.status,
    reason: status?.reason ?? '',
    ...(status?.details === undefined ? {} : { details: status.details }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function parseStatus(body: Buffer): StatusBody | undefined {
  try {
    const value = JSON.parse(body.toString('utf8')) as StatusBody | null;
    return value?.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

function excerpt(body: Buffer): string {
  return body.toString('utf8', 0, MAX_EXCERPT_CHARS).replaceAll(/\s+/g, ' ').trim();
}
