/**
 * Where a watch is and what follows each event: pure, no sockets, no clock, no randomness. The shell
 * (`watcher.ts`) executes the effects and reports back with events.
 *
 * | State      | Waits for                  | Leaves on                                                        |
 * |------------|----------------------------|------------------------------------------------------------------|
 * | `listing`  | the next list page         | last page → `watching`; expired token → one unpaginated list     |
 * | `watching` | watch events               | clean end → `watching` at once (`backoff` when it came within    |
 * |            |                            | 1 s); 410 → `listing`; other failure → `backoff`;                |
 * |            |                            | silence → cut, then `watching` from the same version             |
 * | `backoff`  | a timer, 0.5 s × 2ⁿ ≤ 30 s | timer → resumes the list or the watch it interrupted             |
 * | `denied`   | a timer, 5 s × 2ⁿ ≤ 60 s   | timer → tries the refused verb again (403)                       |
 * | `absent`   | a timer, 5 s × 2ⁿ ≤ 60 s   | timer → `listing` (404: the kind is not served)                  |
 * | `stopped`  | nothing                    | never                                                            |
 */

/** Objects per list page. */
const PAGE_LIMIT = 500;
/** The server ends a watch after a random number of seconds in this range, so reconnects spread out. */
export const WATCH_TIMEOUT_SECONDS = { min: 240, max: 300 } as const;
/** Servers send a bookmark about every 60 s; more silence than this means a dead socket. */
const SILENCE_LIMIT_MS = 70_000;
/** Added to the watch's own timeout for kinds that never sent a bookmark (some aggregated APIs). */
const QUIET_KIND_MARGIN_MS = 30_000;
/** Silent cuts without any bookmark after which the kind counts as one that sends none. */
const CUTS_UNTIL_QUIET = 2;

const BACKOFF_BASE_MS = 500;
const BACKOFF_MAX_MS = 30_000;
const REFUSED_BASE_MS = 5_000;
const REFUSED_MAX_MS = 60_000;

/** What to go on with after a wait. */
type Resume = { readonly to: 'list' } | { readonly to: 'watch'; readonly resourceVersion: string };

export type WatchState =
  | { readonly name: 'listing'; readonly paginated: boolean; readonly memory: WatchMemory }
  | { readonly name: 'watching'; readonly resourceVersion: string; readonly memory: WatchMemory }
  | { readonly name: 'backoff'; readonly resume: Resume; readonly reason: string; readonly memory: WatchMemory }
  | {
      readonly name: 'denied';
      readonly verb: 'list' | 'watch';
      readonly resume: Resume;
      readonly message: string;
      readonly memory: WatchMemory;
    }
  | { readonly name: 'absent'; readonly verb: 'list' | 'watch'; readonly message: string; readonly memory: WatchMemory }
  | { readonly name: 'stopped' };

/** What outlives a single connection. */
interface WatchMemory {
  /** Failures since the last 60 s of health; the exponent of the backoff. */
  readonly failureCount: number;
  /** Consecutive cuts by silence while no bookmark was ever seen. */
  readonly silentCutCount: number;
  readonly sawBookmark: boolean;
}

/** Why a request failed, as far as the next step depends on it. */
export type WatchFailure =
  /** 410: the version or the continue token is too old. */
  | { readonly type: 'expired' }
  /** 403. */
  | { readonly type: 'denied'; readonly message: string }
  /** 404. */
  | { readonly type: 'absent'; readonly message: string }
  /** Anything else; `waitMs` when the server asked for it. */
  | { readonly type: 'other'; readonly reason: string; readonly waitMs?: number };

export type WatchInput =
  | { readonly type: 'start' }
  /** A page arrived and was applied. `continue` names the next one. */
  | { readonly type: 'page'; readonly resourceVersion: string; readonly continue?: string }
  | { readonly type: 'list-failed'; readonly failure: WatchFailure }
  /** An object event or a bookmark was applied. */
  | { readonly type: 'event'; readonly resourceVersion: string; readonly bookmark: boolean }
  /** The server closed the watch in order. `early`: within a second, so reconnecting at once might spin. */
  | { readonly type: 'watch-ended'; readonly early: boolean }
  | { readonly type: 'watch-failed'; readonly failure: WatchFailure }
  /** Nothing, not a byte, came within the silence limit. */
  | { readonly type: 'silence' }
  | { readonly type: 'timer' }
  /** The connection has worked for 60 s. */
  | { readonly type: 'healthy' }
  | { readonly type: 'stop' };

/**
 * What the shell must do, in order. `wait` draws the delay from [0, maxMs) (`jitter: 'full'`) or
 * waits `maxMs` ± 10 % (`'slight'`) or exactly (`'none'`).
 */
export type WatchEffect =
  | { readonly type: 'begin-list' }
  | { readonly type: 'list'; readonly limit?: number; readonly continue?: string }
  | { readonly type: 'end-list'; readonly resourceVersion: string }
  | { readonly type: 'watch'; readonly resourceVersion: string; readonly quiet: boolean }
  | { readonly type: 'cut' }
  | { readonly type: 'wait'; readonly maxMs: number; readonly jitter: 'full' | 'slight' | 'none' }
  | { readonly type: 'restarted'; readonly reason: string };

export interface WatchStep {
  readonly state: WatchState;
  readonly effects: readonly WatchEffect[];
}

const FRESH: WatchMemory = { failureCount: 0, silentCutCount: 0, sawBookmark: false };

/** Before `start`. */
export const initialWatchState: WatchState = { name: 'listing', paginated: true, memory: FRESH };

/** Inputs that do not belong to the state (a late timer, an event after a cut) change nothing. */
export function stepWatch(state: WatchState, input: WatchInput): WatchStep {
  if (input.type === 'stop') {
    return { state: { name: 'stopped' }, effects: state.name === 'watching' ? [{ type: 'cut' }] : [] };
  }
  switch (state.name) {
    case 'listing':
      return stepListing(state, input);
    case 'watching':
      return stepWatching(state, input);
    case 'backoff':
    case 'denied':
      return input.type === 'timer' ? resume(state.resume, state.memory) : stay(state);
    case 'absent':
      return input.type === 'timer' ? beginList(state.memory, true) : stay(state);
    case 'stopped':
      return stay(state);
  }
}

function stepListing(state: Extract<WatchState, { name: 'listing' }>, input: WatchInput): WatchStep {
  const { memory } = state;
  if (input.type === 'start') {
    return beginList(memory, true);
  }
  if (input.type === 'page') {
    const more = input.continue !== undefined;
    return more
      ? { state, effects: [{ type: 'list', limit: PAGE_LIMIT, continue: input.continue }] }
      : openWatch(input.resourceVersion, memory, [{ type: 'end-list', resourceVersion: input.resourceVersion }]);
  }
  if (input.type !== 'list-failed') {
    return stay(state);
  }
  if (input.failure.type === 'expired' && state.paginated) {
    // The pages outlived their snapshot; only an unpaginated list cannot expire.
    const step = beginList(memory, false);
    return { ...step, effects: [{ type: 'restarted', reason: 'continue-expired' }, ...step.effects] };
  }
  return fail(memory, { failure: input.failure, verb: 'list', resume: { to: 'list' } });
}

function stepWatching(
  state: Extract<WatchState, { name: 'watching' }>,
  input: Exclude<WatchInput, { type: 'stop' }>,
): WatchStep {
  const { memory, resourceVersion } = state;
  const again: Resume = { to: 'watch', resourceVersion };
  switch (input.type) {
    case 'event': {
      const learned = input.bookmark && !memory.sawBookmark ? { ...memory, sawBookmark: true } : memory;
      return stay({ name: 'watching', resourceVersion: input.resourceVersion, memory: learned });
    }
    case 'healthy':
      return stay({ ...state, memory: { ...memory, failureCount: 0 } });
    case 'watch-ended':
      if (input.early) {
        return fail(memory, { failure: { type: 'other', reason: 'early-end' }, verb: 'watch', resume: again });
      }
      return openWatch(resourceVersion, { ...memory, silentCutCount: 0 }, [{ type: 'restarted', reason: 'timeout' }]);
    case 'silence': {
      const cuts = memory.sawBookmark ? 0 : memory.silentCutCount + 1;
      const effects: WatchEffect[] = [{ type: 'cut' }, { type: 'restarted', reason: 'silence' }];
      return openWatch(resourceVersion, { ...memory, silentCutCount: cuts }, effects);
    }
    case 'watch-failed':
      if (input.failure.type === 'expired') {
        const step = beginList(memory, true);
        return { ...step, effects: [{ type: 'restarted', reason: 'expired' }, ...step.effects] };
      }
      return fail(memory, { failure: input.failure, verb: 'watch', resume: again });
    case 'start':
    case 'page':
    case 'list-failed':
    case 'timer':
      return stay(state);
  }
}

function fail(
  memory: WatchMemory,
  event: { readonly failure: WatchFailure; readonly verb: 'list' | 'watch'; readonly resume: Resume },
): WatchStep {
  const { failure, verb } = event;
  const counted = { ...memory, failureCount: memory.failureCount + 1 };
  const refusedWait: WatchEffect = {
    type: 'wait',
    maxMs: Math.min(REFUSED_BASE_MS * 2 ** memory.failureCount, REFUSED_MAX_MS),
    jitter: 'slight',
  };
  const reason = failure.type === 'other' ? failure.reason : failure.type;
  const restarted: WatchEffect = { type: 'restarted', reason };
  switch (failure.type) {
    case 'denied':
      return {
        state: { name: 'denied', verb, resume: event.resume, message: failure.message, memory: counted },
        effects: [restarted, refusedWait],
      };
    case 'absent':
      return {
        state: { name: 'absent', verb, message: failure.message, memory: counted },
        effects: [restarted, refusedWait],
      };
    case 'expired':
    case 'other': {
      const told = failure.type === 'other' ? failure.waitMs : undefined;
      const maxMs = Math.min(BACKOFF_BASE_MS * 2 ** memory.failureCount, BACKOFF_MAX_MS);
      const wait: WatchEffect =
        told === undefined
          ? { type: 'wait', maxMs, jitter: 'full' }
          : { type: 'wait', maxMs: Math.min(told, BACKOFF_MAX_MS), jitter: 'none' };
      return {
        state: { name: 'backoff', resume: event.resume, reason, memory: counted },
        effects: [restarted, wait],
      };
    }
  }
}

function resume(target: Resume, memory: WatchMemory): WatchStep {
  return target.to === 'list' ? beginList(memory, true) : openWatch(target.resourceVersion, memory, []);
}

function beginList(memory: WatchMemory, paginated: boolean): WatchStep {
  const list: WatchEffect = paginated ? { type: 'list', limit: PAGE_LIMIT } : { type: 'list' };
  return { state: { name: 'listing', paginated, memory }, effects: [{ type: 'begin-list' }, list] };
}

function openWatch(resourceVersion: string, memory: WatchMemory, before: readonly WatchEffect[]): WatchStep {
  const quiet = !memory.sawBookmark && memory.silentCutCount >= CUTS_UNTIL_QUIET;
  return {
    state: { name: 'watching', resourceVersion, memory },
    effects: [...before, { type: 'watch', resourceVersion, quiet }],
  };
}

function stay(state: WatchState): WatchStep {
  return { state, effects: [] };
}

/** Silence after which a connection is cut. */
export function silenceLimitMs(quiet: boolean, timeoutSeconds: number): number {
  return quiet ? timeoutSeconds * 1_000 + QUIET_KIND_MARGIN_MS : SILENCE_LIMIT_MS;
}
