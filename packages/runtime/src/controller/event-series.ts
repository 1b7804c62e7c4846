/**
 * When an event becomes an object of its own, when it counts into a series, and when it is dropped. Pure: the caller
 * brings the time and does the writing.
 *
 * The same (object, type, reason, action) within 6 minutes is one series, patched at most every 10 s. Per object a
 * burst of 25 new events, then one per 5 minutes.
 */

/** Equal events this close together form one series. */
export const SERIES_WINDOW_MS = 360_000;
/** A running series is written at most this often. */
export const SERIES_PATCH_INTERVAL_MS = 10_000;
/** New events one object may cause at once. */
export const BURST = 25;
/** After the burst, one more new event per object in this time. */
export const REFILL_MS = 300_000;
/** Series and objects remembered; the longest unused are forgotten first. */
export const MAX_TRACKED = 4096;

/** A series of equal events of one object. `handle` is whatever the caller needs to find its object again. */
export interface Series<H> {
  handle: H | undefined;
  count: number;
  lastSeenMs: number;
  lastWrittenMs: number;
  writtenCount: number;
}

export type EventDecision<H> =
  | { readonly type: 'create'; readonly series: Series<H> }
  | { readonly type: 'patch'; readonly series: Series<H> }
  | { readonly type: 'later'; readonly series: Series<H>; readonly afterMs: number }
  | { readonly type: 'drop' };

interface Bucket {
  tokens: number;
  refilledMs: number;
}

export class EventSeries<H> {
  readonly #series: Map<string, Series<H>> = new Map();
  readonly #buckets: Map<string, Bucket> = new Map();

  /** Decides about one event of `object`; `identity` is equal for equal events. */
  next(object: string, identity: string, nowMs: number): EventDecision<H> {
    const key = `${object} ${identity}`;
    const known = this.#series.get(key);
    if (known !== undefined && nowMs - known.lastSeenMs <= SERIES_WINDOW_MS) {
      known.count += 1;
      known.lastSeenMs = nowMs;
      touch(this.#series, key, known);
      const dueMs = known.lastWrittenMs + SERIES_PATCH_INTERVAL_MS;
      return nowMs >= dueMs
        ? { type: 'patch', series: known }
        : { type: 'later', series: known, afterMs: dueMs - nowMs };
    }
    if (!this.#allow(object, nowMs)) return { type: 'drop' };
    const series: Series<H> = { handle: undefined, count: 1, lastSeenMs: nowMs, lastWrittenMs: nowMs, writtenCount: 1 };
    touch(this.#series, key, series);
    return { type: 'create', series };
  }

  /** Series whose last occurrences have not been written. */
  unwritten(): Series<H>[] {
    return [...this.#series.values()].filter((series) => series.writtenCount < series.count);
  }

  get size(): number {
    return this.#series.size;
  }

  #allow(object: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(object) ?? { tokens: BURST, refilledMs: nowMs };
    const refill = Math.floor((nowMs - bucket.refilledMs) / REFILL_MS);
    if (refill > 0) {
      bucket.tokens = Math.min(BURST, bucket.tokens + refill);
      bucket.refilledMs += refill * REFILL_MS;
    }
    touch(this.#buckets, object, bucket);
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** Makes `key` the most recently used of a map that holds at most MAX_TRACKED. */
function touch<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_TRACKED) return;
  const [oldest] = map.keys();
  map.delete(oldest as string);
}
