/**
 * Loaded before a replica: its monotonic clock runs at `SKEWED_CLOCK_RATE` times the true rate in all threads, and its wall clock
 * is off by `SKEWED_CLOCK_OFFSET_MS`. Timers keep the true rate, so they disagree with the clock, as they may.
 */
const rate = Number(process.env['SKEWED_CLOCK_RATE'] ?? 1);
const offsetMs = Number(process.env['SKEWED_CLOCK_OFFSET_MS'] ?? 0);
/** The same in every thread: scaled from the origin of the true clock. */
const partsPerMillion = BigInt(Math.round(rate * 1e6));

const trueNs = process.hrtime.bigint.bind(process.hrtime);
const trueNow = Date.now.bind(Date);
const skewedNs = (): bigint => (trueNs() * partsPerMillion) / 1_000_000n;

function hrtime(since?: [number, number]): [number, number] {
  const ns = skewedNs() - (since === undefined ? 0n : BigInt(since[0]) * 1_000_000_000n + BigInt(since[1]));
  return [Number(ns / 1_000_000_000n), Number(ns % 1_000_000_000n)];
}

process.hrtime = Object.assign(hrtime, { bigint: skewedNs });
Date.now = () => trueNow() + offsetMs;
