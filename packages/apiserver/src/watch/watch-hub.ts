/**
 * Delivers committed events to watchers.
 *
 * Guarantees: a watcher sees every event after its start exactly once, in revision order, its initial state and the
 * live events joined without a gap. Watchers that ask for the same thing form a group: matching and encoding happen
 * once per group, and each connection gets one write per burst. A burst ends with the first turn of the event loop that
 * brings no event, so a lone event leaves soon and requests that wait are answered first. A connection that has
 * more than 8 MiB unsent is cut; others don't notice.
 *
 * Not here: query options and HTTP (rest), and which object matches (the caller's `match`).
 */
import type { Clock, Timer } from '../store/clock.ts';
import type { Collection, StoreEntry, StoreEvent } from '../store/collection.ts';

/** Where the events of one watcher go: an HTTP body, or WebSocket messages. */
export interface WatchSink {
  /** `joined()` is all events as newline-delimited JSON, encoded once for all who ask. */
  send(events: readonly string[], joined: () => Buffer): void;
  unsentBytes(): number;
  /** Ends the stream in order. */
  end(): void;
  /** Breaks the connection. */
  destroy(): void;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface WatchSubject {
  readonly collection: Collection;
  readonly namespace: string | undefined;
  /** Label and field selector together. */
  readonly match: (entry: StoreEntry) => boolean;
  /** One line without newline. `entry` carries the state to show. */
  readonly encode: (type: WatchEventType, entry: StoreEntry) => string;
  readonly encodeBookmark: (revision: number, initialEventsEnd: boolean) => string;
  /** Subjects with equal keys encode the same text; `undefined` never shares. */
  readonly groupKey: string | undefined;
  /** Only events of objects above this revision are seen. */
  readonly afterRevision: number;
}

export interface WatchStart {
  /** Send the current objects as ADDED first. */
  readonly initialState: boolean;
  /** Mark the end of the initial state with an annotated bookmark. */
  readonly initialEventsEnd: boolean;
  /** Replay recorded events after this revision; the caller has checked that history reaches that far. */
  readonly replayAfter: number | undefined;
  readonly bookmarks: boolean;
  /** The stream ends by itself after this time. */
  readonly timeoutMs: number;
}

export interface WatchHandle {
  readonly label: unknown;
  /** Forgets the watcher; the sink is left alone. */
  release(): void;
  /** Ends the stream from the server's side. */
  close(): void;
}

const maxUnsentBytes = 8 * 1024 * 1024;
const bookmarkEveryMs = 60_000;
/** A last bookmark comes this long before the timeout of a watch that lasts longer. */
const lastBookmarkLeadMs = 2_000;
const shortWatchMs = 4_000;
/** Turns of the event loop after which the events of an endless burst leave nevertheless. */
const maxBurstTurns = 16;

export class WatchHub {
  readonly #clock: Clock;
  readonly #groups = new Map<string, WatchGroup>();
  readonly #dirty = new Set<WatchGroup>();
  readonly #watchers = new Set<Watcher>();
  readonly #revision: () => number;
  #bursting = false;
  /** An event has come in the current turn. */
  #heard = false;
  #unique = 0;

  constructor(clock: Clock, revision: () => number) {
    this.#clock = clock;
    this.#revision = revision;
  }

  get size(): number {
    return this.#watchers.size;
  }

  open(subject: WatchSubject, start: WatchStart, sink: WatchSink, label: unknown): WatchHandle {
    const group = this.#groupOf(subject);
    group.flush(); // pending events belong to the earlier watchers only: the newcomer replays them itself
    const initial = this.#initialLines(subject, start);
    const watcher = new Watcher(this, this.#clock, group, sink, label);
    this.#watchers.add(watcher);
    group.watchers.add(watcher);
    watcher.deliver(initial, lazyJoin(initial));
    this.#startTimers(watcher, subject, start);
    return watcher;
  }

  /** Ends matching watches as a restarting server does. Returns how many. */
  close(matches: (label: unknown) => boolean): number {
    this.flush();
    const closing = [...this.#watchers].filter((watcher) => matches(watcher.label));
    for (const watcher of closing) watcher.close();
    return closing.length;
  }

  /** Sends what is pending without waiting for the end of the burst. */
  flush(): void {
    for (const group of this.#dirty) group.flush();
    this.#dirty.clear();
  }

  /** `group` has one more event to send. */
  hear(group: WatchGroup): void {
    this.#dirty.add(group);
    this.#heard = true;
    if (this.#bursting) return;
    this.#bursting = true;
    this.#awaitBurstEnd(maxBurstTurns);
  }

  #awaitBurstEnd(turnsLeft: number): void {
    setImmediate(() => {
      if (this.#heard && turnsLeft > 0) {
        this.#heard = false;
        this.#awaitBurstEnd(turnsLeft - 1);
        return;
      }
      this.#bursting = false;
      this.flush();
    });
  }

  forget(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    const { group } = watcher;
    group.watchers.delete(watcher);
    if (group.watchers.size > 0) return;
    group.stop();
    this.#dirty.delete(group);
    this.#groups.delete(group.key);
  }

  #groupOf(subject: WatchSubject): WatchGroup {
    const key =
      subject.groupKey === undefined
        ? `#${this.#unique++}`
        : `${subject.collection.name}|${subject.groupKey}|${Math.max(subject.afterRevision, this.#revision()) === this.#revision() ? '' : subject.afterRevision}`;
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const group = new WatchGroup(key, subject, this);
    this.#groups.set(key, group);
    return group;
  }

  #initialLines(subject: WatchSubject, start: WatchStart): string[] {
    const lines: string[] = [];
    if (start.initialState) {
      subject.collection.forEach(subject.namespace, (entry) => {
        if (subject.match(entry)) lines.push(subject.encode('ADDED', entry));
      });
    } else if (start.replayAfter !== undefined) {
      for (const event of subject.collection.history.after(start.replayAfter)) {
        const line = encodeEvent(subject, event);
        if (line !== undefined) lines.push(line);
      }
    }
    if (start.initialEventsEnd) lines.push(subject.encodeBookmark(this.#revision(), true));
    return lines;
  }

  #startTimers(watcher: Watcher, subject: WatchSubject, start: WatchStart): void {
    watcher.after(start.timeoutMs, () => watcher.close());
    if (!start.bookmarks) return;
    const bookmark = (): void => {
      watcher.group.flush();
      const line = subject.encodeBookmark(this.#revision(), false);
      watcher.deliver([line], lazyJoin([line]));
    };
    const repeat = (): void => {
      bookmark();
      watcher.after(bookmarkEveryMs, repeat);
    };
    watcher.after(bookmarkEveryMs, repeat);
    if (start.timeoutMs > shortWatchMs) watcher.after(start.timeoutMs - lastBookmarkLeadMs, bookmark);
  }
}

class WatchGroup {
  readonly key: string;
  readonly watchers: Set<Watcher> = new Set();
  readonly #unsubscribe: () => void;
  #pending: string[] = [];

  constructor(key: string, subject: WatchSubject, hub: WatchHub) {
    this.key = key;
    this.#unsubscribe = subject.collection.subscribe((event) => {
      if (event.revision <= subject.afterRevision) return;
      const line = encodeEvent(subject, event);
      if (line === undefined) return;
      this.#pending.push(line);
      hub.hear(this);
    });
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const lines = this.#pending;
    this.#pending = [];
    const joined = lazyJoin(lines);
    for (const watcher of this.watchers) watcher.deliver(lines, joined);
  }

  stop(): void {
    this.#unsubscribe();
  }
}

class Watcher implements WatchHandle {
  readonly group: WatchGroup;
  readonly label: unknown;
  readonly #hub: WatchHub;
  readonly #sink: WatchSink;
  readonly #clock: Clock;
  readonly #timers = new Set<Timer>();
  #released = false;

  constructor(hub: WatchHub, clock: Clock, group: WatchGroup, sink: WatchSink, label: unknown) {
    this.#hub = hub;
    this.#clock = clock;
    this.group = group;
    this.#sink = sink;
    this.label = label;
  }

  after(ms: number, callback: () => void): void {
    if (this.#released) return;
    const timer = this.#clock.setTimer(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    this.#timers.add(timer);
  }

  deliver(lines: readonly string[], joined: () => Buffer): void {
    if (this.#released || lines.length === 0) return;
    if (this.#sink.unsentBytes() > maxUnsentBytes) {
      this.release();
      this.#sink.destroy();
      return;
    }
    this.#sink.send(lines, joined);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    for (const timer of this.#timers) timer.cancel();
    this.#hub.forget(this);
  }

  close(): void {
    if (this.#released) return;
    this.group.flush();
    this.release();
    this.#sink.end();
  }
}

/** Under a selector an object may enter or leave the watched set: MODIFIED then becomes ADDED or DELETED. */
function encodeEvent(subject: WatchSubject, event: StoreEvent): string | undefined {
  const { entry, previous } = event;
  if (subject.namespace !== undefined && !entry.key.startsWith(`${subject.namespace}/`)) return undefined;
  if (event.type === 'ADDED') return subject.match(entry) ? subject.encode('ADDED', entry) : undefined;
  if (event.type === 'DELETED') {
    return previous !== undefined && subject.match(previous) ? subject.encode('DELETED', entry) : undefined;
  }
  const matched = previous !== undefined && subject.match(previous);
  if (subject.match(entry)) return subject.encode(matched ? 'MODIFIED' : 'ADDED', entry);
  return matched ? subject.encode('DELETED', withRevision(previous, event.revision)) : undefined;
}

/** The state before the change, under the revision of the change. */
function withRevision(entry: StoreEntry, revision: number): StoreEntry {
  const metadata = { ...entry.object.metadata, resourceVersion: String(revision) };
  return { key: entry.key, object: { ...entry.object, metadata }, revision, json: undefined };
}

function lazyJoin(lines: readonly string[]): () => Buffer {
  let joined: Buffer | undefined;
  return () => (joined ??= Buffer.from(`${lines.join('\n')}\n`));
}
