/**
 * RFC 3339 timestamps as Go reads and writes them: seconds in UTC for `metav1.Time`, microseconds for `MicroTime`.
 */

const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

const layouts = {
  'date-time': '2006-01-02T15:04:05Z07:00',
  'date-time-micro': '2006-01-02T15:04:05.000000Z07:00',
} as const;

export type TimestampFormat = keyof typeof layouts;

/** The text that a server stores for `text`, or `undefined` when it is no RFC 3339 timestamp. */
export function canonicalTimestamp(text: string, format: TimestampFormat): string | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const fraction = match[7] ?? '';
  if (format === 'date-time-micro' && fraction.length !== 6) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, ...number[]];
  if (!inRange(year, month, day, hour, minute, second)) return undefined;
  const moment = new Date(`${text.slice(0, 19)}${match[8]}`);
  // zones such as +25:00
  if (Number.isNaN(moment.getTime())) return undefined;
  const utc = moment.toISOString().slice(0, 19);
  return format === 'date-time' ? `${utc}Z` : `${utc}.${fraction}Z`;
}

function inRange(year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0): boolean {
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Go's complaint about text that is no timestamp: it names the first part that doesn't fit its layout. */
export function timestampProblem(text: string, format: TimestampFormat): string {
  const layout = layouts[format];
  const { rest, element } = firstMisfit(text, format);
  return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`;
}

function firstMisfit(text: string, format: TimestampFormat): { rest: string; element: string } {
  const parts: [RegExp, string][] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d\d/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d/, '05'],
    format === 'date-time-micro' ? [/^\.\d{6}/, '.000000'] : [/^(\.\d+)?/, ''],
    [/^(Z|[+-]\d\d:\d\d)/, 'Z07:00'],
  ];
  let rest = text;
  for (const [part, element] of parts) {
    const match = part.exec(rest);
    if (match === null) return { rest, element };
    rest = rest.slice(match[0].length);
  }
  return { rest, element: '' };
}
