/**
 * Own-event window, per controller and object: while a write is in flight, the events of its object
 * update the cache but reach the controller only after the answer told which of them are its own.
 *
 * Guarantees: DELETED is never held; an event is held 2 s at most; a change whose resourceVersion is
 * not known to be our own write is always delivered; a lost answer records nothing, so it costs an
 * extra run, never a lost one; what a repeated list shows is always delivered.
 */
import type { Clock, Timer } from '../clock.ts';
import { type Counter, type Metrics, noMetrics } from '../metrics.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { formatKey, keyOf, type ObjectKey } from '../object/object-key.ts';
import { kindId, type ResourceKind } from '../object/resource-kind.ts';
import type { Change, ChangeHandler } from './informer.ts';

/** Events are held no longer than this: an answer that takes longer costs at most one extra run. */
const HOLD_LIMIT_MS = 2_000;
/** An own resourceVersion waits this long for its event; afterwards the event counts as foreign. */
const OWN_VERSION_LIFETIME_MS = 300_000;
/** Windows whose events never came are looked for this often, when a write begins. */
const SWEEP_INTERVAL_MS = 60_000;

/** What the answer of a write proved. `unknown`: nothing, because the answer was lost or not a success. */
export type WriteProof = { readonly own: true; readonly resourceVersion: string } | { readonly own: false };

/** One write in flight. */
export interface OwnWrite {
  /** Call exactly once, after the answer; further calls are ignored. */
  settle(proof: WriteProof): void;
}

interface Arrival {
  readonly handler: ChangeHandler<KubeObject>;
  readonly change: Change<KubeObject>;
}

interface OwnVersion {
  readonly resourceVersion: string;
  readonly expiresMs: number;
  /** Absent until one of several handlers has seen it. */
  seenBy?: Set<ChangeHandler<KubeObject>>;
}

type HeldChanges = Map<ChangeHandler<KubeObject>, readonly Change<KubeObject>[]>;

interface Window {
  inFlight: number;
  /** Per handler, in order of arrival; absent while there are none. */
  held: HeldChanges | undefined;
  /** Own resourceVersions that not every handler has seen yet, in order. Their events come in that order, too. */
  own: OwnVersion[];
  timer: Timer | undefined;
}

export interface OwnWritesOptions {
  readonly clock: Clock;
  readonly metrics?: Metrics;
}

export class OwnWrites {
  readonly #clock: Clock;
  readonly #suppressed: Counter;
  readonly #windows = new Map<string, Window>();
  /** Handlers per controller and kind: an own version is forgotten once each has seen it. */
  readonly #handlerCounts = new Map<string, number>();
  #sweptMs: number;

  constructor(options: OwnWritesOptions) {
    this.#clock = options.clock;
    this.#sweptMs = options.clock.nowMs();
    this.#suppressed = (options.metrics ?? noMetrics).counter({
      name: 'k8sop_own_events_suppressed_total',
      help: 'Events of own writes that did not trigger the controller that wrote.',
      labels: ['controller'],
    });
  }

  /** Opens the window; call before the first byte of the request can leave. */
  begin(controller: string, kind: ResourceKind, key: ObjectKey): OwnWrite {
    this.#sweep();
    const id = windowId(controller, kind, formatKey(key));
    let window = this.#windows.get(id);
    if (window === undefined) {
      window = { inFlight: 0, held: undefined, own: [], timer: undefined };
      this.#windows.set(id, window);
    }
    const opened = window;
    opened.inFlight += 1;
    let settled = false;
    return {
      settle: (proof) => {
        if (settled) {
          return;
        }
        settled = true;
        opened.inFlight -= 1;
        if (proof.own) {
          const { resourceVersion } = proof;
          forget(opened, resourceVersion); // a write that changed nothing answers with the version of the one before
          opened.own.push({ resourceVersion, expiresMs: this.#clock.nowMs() + OWN_VERSION_LIFETIME_MS });
        }
        this.#release(controller, kind, id, opened);
      },
    };
  }

  /**
   * Wraps a controller's handler of one informer: own changes are dropped, everything else is
   * delivered, in order per object.
   */
  filter<T extends KubeObject>(controller: string, kind: ResourceKind<T>, handler: ChangeHandler<T>): ChangeHandler<T> {
    const target = handler as ChangeHandler<KubeObject>;
    const scope = `${controller}|${kindId(kind)}`;
    this.#handlerCounts.set(scope, (this.#handlerCounts.get(scope) ?? 0) + 1);
    return (change) => {
      const id = windowId(controller, kind as ResourceKind, formatKey(keyOf(change.object)));
      const window = this.#windows.get(id);
      if (window === undefined) {
        target(change);
        return;
      }
      this.#receive(controller, kind as ResourceKind, id, window, { handler: target, change });
    };
  }

  /** Number of windows held; for leak checks. */
  get size(): number {
    return this.#windows.size;
  }

  #receive(controller: string, kind: ResourceKind, id: string, window: Window, arrival: Arrival): void {
    const { handler, change } = arrival;
    const held = window.held?.get(handler);
    const heldUid = held?.at(-1)?.object.metadata.uid;
    if (change.type === 'deleted' || (held !== undefined && heldUid !== change.object.metadata.uid)) {
      this.#flush(window);
      handler(change);
      return;
    }
    if (window.inFlight > 0) {
      window.held ??= new Map();
      window.held.set(handler, [...(held ?? []), change]);
      window.timer ??= this.#clock.setTimer(HOLD_LIMIT_MS, () => {
        window.timer = undefined;
        this.#flush(window);
      });
      return;
    }
    this.#judge(controller, kind, window, handler, [change]);
    this.#forgetIfIdle(id, window);
  }

  /** The last answer is in: held changes are judged. */
  #release(controller: string, kind: ResourceKind, id: string, window: Window): void {
    if (window.inFlight > 0) {
      return;
    }
    window.timer?.cancel();
    window.timer = undefined;
    for (const [handler, changes] of takeHeld(window)) {
      this.#judge(controller, kind, window, handler, changes);
    }
    this.#forgetIfIdle(id, window);
  }

  #judge(
    controller: string,
    kind: ResourceKind,
    window: Window,
    handler: ChangeHandler<KubeObject>,
    changes: readonly Change<KubeObject>[],
  ): void {
    const nowMs = this.#clock.nowMs();
    const handlerCount = this.#handlerCounts.get(`${controller}|${kindId(kind)}`) ?? 1;
    let foreign = false;
    for (const change of changes) {
      const version = change.object.metadata.resourceVersion ?? '';
      const own = window.own.find(({ resourceVersion }) => resourceVersion === version);
      // A list compacts: behind its state may lie foreign writes whose own events never come.
      const compacted = change.initial || change.relisted === true;
      foreign ||= compacted || own === undefined || own.expiresMs < nowMs;
      if (own !== undefined && (handlerCount === 1 || seenBy(own, handler) >= handlerCount)) {
        forget(window, version);
      }
    }
    if (foreign) {
      handler(merge(changes));
    } else {
      this.#suppressed.inc({ controller }, changes.length);
    }
  }

  /** Delivers everything held, unjudged. */
  #flush(window: Window): void {
    for (const [handler, changes] of takeHeld(window)) {
      handler(merge(changes));
    }
  }

  #forgetIfIdle(id: string, window: Window): void {
    if (window.inFlight === 0 && window.own.length === 0) {
      this.#windows.delete(id);
    }
  }

  /** Forgets own versions whose event never came, such as after a relist. */
  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#sweptMs < SWEEP_INTERVAL_MS) {
      return;
    }
    this.#sweptMs = nowMs;
    for (const [id, window] of this.#windows) {
      window.own = window.own.filter(({ expiresMs }) => expiresMs >= nowMs);
      this.#forgetIfIdle(id, window);
    }
  }
}

/** How many handlers have seen the version, `handler` included. */
function seenBy(own: OwnVersion, handler: ChangeHandler<KubeObject>): number {
  own.seenBy ??= new Set();
  return own.seenBy.add(handler).size;
}

function forget(window: Window, version: string): void {
  const at = window.own.findIndex(({ resourceVersion }) => resourceVersion === version);
  if (at >= 0) {
    window.own.splice(at, 1);
  }
}

function takeHeld(window: Window): Iterable<[ChangeHandler<KubeObject>, readonly Change<KubeObject>[]]> {
  const { held } = window;
  window.held = undefined;
  return held ?? [];
}

function windowId(controller: string, kind: ResourceKind, keyText: string): string {
  return `${controller}|${kindId(kind)}|${keyText}`;
}

/** Several changes of one incarnation as one: first old state, last new state. */
function merge(changes: readonly Change<KubeObject>[]): Change<KubeObject> {
  const first = changes[0] as Change<KubeObject>;
  const last = changes.at(-1) as Change<KubeObject>;
  const flags = {
    initial: changes.every((change) => change.initial),
    ...(changes.some((change) => change.relisted === true) ? { relisted: true as const } : {}),
  };
  if (first.type === 'updated') {
    return { type: 'updated', object: last.object, previous: first.previous, ...flags };
  }
  return { type: first.type, object: last.object, ...flags };
}
