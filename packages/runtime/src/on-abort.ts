/**
 * Listens to abort signals that outlive their listeners by far, such as that of a leadership, which every write follows.
 *
 * Node keeps the listeners of a signal in a linked list, and one that was removed still points at its successor. Once a
 * removed listener has reached the old generation, the collector of the young one keeps everything added later: with a
 * listener per request, whole requests and answers grow old as garbage. Here a signal has one listener for good, and
 * what follows the signal comes and goes in a set.
 */

const followers = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `callback` once when `signal` aborts; at once when it has. Returns how to stop listening (idempotent). */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  // Each call counts, even of one function twice.
  const follower = (): void => callback();
  const set = followersOf(signal);
  set.add(follower);
  return () => {
    set.delete(follower);
  };
}

function followersOf(signal: AbortSignal): Set<() => void> {
  let set = followers.get(signal);
  if (set === undefined) {
    const fresh = new Set<() => void>();
    signal.addEventListener('abort', () => callAll(fresh), { once: true });
    followers.set(signal, fresh);
    set = fresh;
  }
  return set;
}

function callAll(set: Set<() => void>): void {
  for (const follower of set) {
    set.delete(follower);
    follower();
  }
}
