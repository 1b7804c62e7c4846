/** Timestamps and durations as text: RFC 3339 with nanoseconds, and Go's durations (`1h30m0.5s`). */
import { CelError } from './cel-error.ts';
import { CelDuration, CelTimestamp } from './cel-value.ts';

const nanosPerSecond = 1_000_000_000n;
/** The first moment of the year 1, which is also Go's zero time. */
export const earliest: bigint = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1_000_000n;
const latest = BigInt(Date.parse('9999-12-31T23:59:59Z')) * 1_000_000n + nanosPerSecond - 1n;
const longest = 2n ** 63n - 1n;

/** @throws CelError outside of the years 1 to 9999. */
export function timestampOf(nanos: bigint): CelTimestamp {
  if (nanos < earliest || nanos > latest) throw new CelError('timestamp overflow');
  return new CelTimestamp(nanos);
}

export function addDuration(time: CelTimestamp, duration: CelDuration): CelTimestamp {
  return timestampOf(time.nanos + duration.nanos);
}

export function parseTimestamp(text: string): CelTimestamp {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,100}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const [, wall = '', fraction = '', zone = ''] = match ?? [];
  const milliseconds = Date.parse(`${wall}${zone}`);
  // Date.parse rolls days over that a month doesn't have, and takes 24:00
  const isSound = !Number.isNaN(milliseconds) && new Date(Date.parse(`${wall}Z`)).toISOString().startsWith(wall);
  if (!isSound) throw new CelError(`parsing time ${JSON.stringify(text)}: no RFC 3339 timestamp`);
  return timestampOf(BigInt(milliseconds) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')));
}

export function formatTimestamp({ nanos }: CelTimestamp): string {
  const second = new Date(Number(floorDivide(nanos, 1_000_000n))).toISOString().slice(0, 19);
  const fraction = nanos - floorDivide(nanos, nanosPerSecond) * nanosPerSecond;
  return `${second}${fractionText(fraction)}Z`;
}

export function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

function fractionText(nanos: bigint): string {
  return nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
}

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: nanosPerSecond,
  m: 60n * nanosPerSecond,
  h: 3600n * nanosPerSecond,
};

export function parseDuration(text: string): CelDuration {
  const invalid = new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  if (text.length > 100) throw invalid;
  const match = /^([+-]?)(0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (match === null) throw invalid;
  let nanos = 0n;
  for (const [, whole = '', fraction = '', unit = ''] of (match[2] ?? '').matchAll(
    /(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g,
  )) {
    const size = units[unit] ?? 0n;
    nanos += BigInt(whole === '' ? '0' : whole) * size;
    if (fraction !== '') nanos += (BigInt(fraction) * size) / 10n ** BigInt(fraction.length);
  }
  if (nanos > longest) throw invalid;
  return new CelDuration(match[1] === '-' ? -nanos : nanos);
}

const day = 24n * 3600n * nanosPerSecond;
const wordUnits: readonly (readonly [RegExp, bigint])[] = [
  [/^(?:ns|nano)/i, 1n],
  [/^(?:us|µs|micro)/i, 1000n],
  [/^(?:ms|milli)/i, 1_000_000n],
  [/^s/i, nanosPerSecond],
  [/^m/i, 60n * nanosPerSecond],
  [/^h/i, 3600n * nanosPerSecond],
  [/^d/i, day],
  [/^w/i, 7n * day],
];

/** What a schema's format `duration` accepts: Go's durations, and a whole number of any unit up to weeks (`2 days`). */
export function parseSchemaDuration(text: string): CelDuration {
  const [, amount = '', word = ''] = /^(\d{1,20})\s*([a-zµ]+)$/i.exec(text) ?? [];
  const unit = Object.hasOwn(units, word) ? undefined : wordUnits.find(([names]) => names.test(word))?.[1];
  if (unit === undefined) return parseDuration(text);
  const nanos = BigInt(amount) * unit;
  if (nanos > longest) throw new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  return new CelDuration(nanos);
}

/** Seconds with as many decimals as it takes, as CEL converts durations to text. */
export function formatDuration({ nanos }: CelDuration): string {
  const absolute = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${absolute / nanosPerSecond}${fractionText(absolute % nanosPerSecond)}s`;
}
