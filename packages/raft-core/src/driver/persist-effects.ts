/** Storage order and durability: hard state before entries (O2), entries as one batch (O3), a full disk retried. */
import type { Effects } from '../core/effect.ts';
import type { Entry } from '../entry.ts';
import { isRaftError } from '../errors.ts';
import type { HardState } from '../hard-state.ts';
import type { LogIndex } from '../ids.ts';
import type { Clock } from '../ports/clock.ts';
import type { LogStore, WaitOptions } from '../ports/log-store.ts';

/** The storage part of one drain, with its entries taken out of the log while they are surely there. */
export interface StoragePart {
  readonly hardState: HardState | null;
  readonly truncateFrom: LogIndex;
  readonly entries: readonly Entry[];
  readonly commit: LogIndex;
}

/** What one drain wants stored. `entries` reads the log. */
export function storagePart(
  effects: Effects,
  commit: LogIndex,
  entries: (from: LogIndex, to: LogIndex) => readonly Entry[],
): StoragePart {
  const { hardState, truncateFrom, appendFrom, appendTo } = effects;
  return { hardState, truncateFrom, entries: appendFrom > 0 ? entries(appendFrom, appendTo) : [], commit };
}

/** Stores a part. Resolves when all of it is durable; a full disk is retried until the signal aborts. */
export async function persist(
  part: StoragePart,
  store: LogStore,
  options: WaitOptions & { readonly clock: Clock; readonly onRetry: (error: Error, delayMs: number) => void },
): Promise<void> {
  const { hardState, truncateFrom, entries, commit } = part;
  if (hardState !== null) await retryWhenFull(() => store.saveHardState(hardState, options), options);
  if (truncateFrom === 0 && entries.length === 0) return;
  await retryWhenFull(() => store.append({ truncateFrom, entries, commit }, options), options);
}

/** Runs a storage write again while the disk is full: after 50 ms, doubling up to 5 s. */
export async function retryWhenFull(
  write: () => Promise<void>,
  options: WaitOptions & { readonly clock: Clock; readonly onRetry: (error: Error, delayMs: number) => void },
): Promise<void> {
  let delayMs = 50;
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (!isRaftError(error, 'STORAGE_FULL')) throw error;
      options.onRetry(error, delayMs);
    }
    await sleep(delayMs, options);
    delayMs = Math.min(5000, delayMs * 2);
  }
}

/** Waits through the clock port. @throws the signal's reason. */
export function sleep(delayMs: number, options: WaitOptions & { readonly clock: Clock }): Promise<void> {
  const { clock, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const cancel = clock.setTimer(delayMs, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    function abort(): void {
      cancel();
      reject(signal.reason);
    }
    signal.addEventListener('abort', abort, { once: true });
  });
}
