/**
 * Records `events.k8s.io/v1` events about an object. Equal events within 6 minutes are one object with a growing
 * series; a noisy object is limited. Recording never fails a reconcile: what cannot be written is logged and dropped.
 */

import type { Clock } from '../clock.ts';
import type { KubeClient } from '../client/kube-client.ts';
import { isStatusError } from '../client/status-error.ts';
import type { Leadership } from '../leadership-gate.ts';
import type { Logger } from '../logger.ts';
import { formatMicroTime } from '../object/conditions.ts';
import type { KubeObject } from '../object/kube-object.ts';
import type { ResourceKind } from '../object/resource-kind.ts';
import type { Random } from '../random.ts';
import { EventSeries, SERIES_PATCH_INTERVAL_MS, type Series } from './event-series.ts';

/** `events.k8s.io/v1` Event, as far as the recorder writes it. */
export interface EventObject extends KubeObject {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly regarding: ObjectReference;
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export const EVENT_KIND: ResourceKind<EventObject> = {
  apiVersion: 'events.k8s.io/v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** One thing that happened to an object. */
export interface EventInput {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** What the controller did, as a CamelCase verb. @default 'Reconcile' */
  readonly action?: string;
}

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, 'create' | 'mergePatch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `reportingController`, such as `webapps.example.com`. */
  readonly controller: string;
  /** `reportingInstance`, such as the pod's name. */
  readonly instance: string;
}

export interface RecordOptions {
  readonly signal: AbortSignal;
  readonly fence?: Leadership;
}

/** Limits the API server sets. */
const MAX_NOTE_BYTES = 1024;
const MAX_REASON_LENGTH = 128;

interface Written {
  readonly namespace: string;
  readonly name: string;
  readonly fence: Leadership | undefined;
}

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #series: EventSeries<Written> = new EventSeries();
  /** Refusals told already, by status code. */
  readonly #told: Set<number> = new Set();
  #sequence = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  /** Resolves when the event is written, counted into a series, or given up. Never rejects. */
  async record(regarding: KubeObject, input: EventInput, options: RecordOptions): Promise<void> {
    const { clock } = this.#options;
    const action = input.action ?? 'Reconcile';
    const identity = `${input.type}/${input.reason}/${action}`;
    const decision = this.#series.next(regarding.metadata.uid ?? '', identity, clock.nowMs());
    switch (decision.type) {
      case 'create':
        return this.#create(regarding, { ...input, action }, decision.series, options);
      case 'patch':
        return this.#patch(decision.series, options);
      case 'later':
      case 'drop':
        return;
    }
  }

  /**
   * Writes the counts of series that are behind; called when the work is over and leadership may be gone. Unfenced: the names are
   * this recorder's own, what it counted has happened, and a successor need not wait for it.
   */
  async flush({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    for (const series of this.#series.unwritten()) {
      if (signal.aborted) return;
      await this.#patch(series, { signal }, nowMs);
    }
  }

  /** Like `flush`, but only series not written for 10 s. */
  async flushDue({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const dueMs = this.#options.clock.nowMs() - SERIES_PATCH_INTERVAL_MS;
    for (const series of this.#series.unwritten()) {
      if (signal.aborted) return;
      if (series.lastWrittenMs > dueMs) continue;
      const fence = series.handle?.fence;
      await this.#patch(series, fence === undefined ? { signal } : { signal, fence });
    }
  }

  async #create(
    regarding: KubeObject,
    input: Required<EventInput>,
    series: Series<Written>,
    options: RecordOptions,
  ): Promise<void> {
    const object = this.#eventObject(regarding, input);
    const { namespace = 'default', name = '' } = object.metadata;
    try {
      await this.#options.client.create(EVENT_KIND, object, options);
      series.handle = { namespace, name, fence: options.fence };
    } catch (error) {
      this.#giveUp(error, input.reason);
    }
  }

  async #patch(series: Series<Written>, options: RecordOptions, nowMs?: number): Promise<void> {
    if (series.handle === undefined) return; // the first write failed or is under way
    const { namespace, name } = series.handle;
    const { count } = series;
    const before = { writtenCount: series.writtenCount, lastWrittenMs: series.lastWrittenMs };
    series.writtenCount = count;
    series.lastWrittenMs = nowMs ?? this.#options.clock.nowMs();
    const patch = { series: { count, lastObservedTime: formatMicroTime(this.#options.clock.wallMs()) } };
    try {
      await this.#options.client.mergePatch(EVENT_KIND, { namespace, name }, patch, options);
    } catch (error) {
      if (isStatusError(error, 404)) series.handle = undefined;
      else series.writtenCount = before.writtenCount;
      this.#giveUp(error, name);
    }
  }

  #eventObject(regarding: KubeObject, input: Required<EventInput>): EventObject {
    const { clock, controller, instance } = this.#options;
    const { name = '', namespace, uid, resourceVersion } = regarding.metadata;
    return {
      apiVersion: EVENT_KIND.apiVersion,
      kind: EVENT_KIND.kind,
      metadata: { name: this.#eventName(name), namespace: namespace ?? 'default' },
      type: input.type,
      reason: input.reason.slice(0, MAX_REASON_LENGTH),
      action: input.action.slice(0, MAX_REASON_LENGTH),
      note: truncate(input.message, MAX_NOTE_BYTES),
      eventTime: formatMicroTime(clock.wallMs()),
      reportingController: controller,
      reportingInstance: instance.slice(0, MAX_REASON_LENGTH),
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
    };
  }

  /** Unique without asking the server: object name, time, counter and chance. */
  #eventName(name: string): string {
    const { clock, random } = this.#options;
    this.#sequence = (this.#sequence + 1) % 0x1000;
    const suffix =
      Math.floor(clock.wallMs()).toString(16) +
      this.#sequence.toString(16).padStart(3, '0') +
      Math.floor(random.next() * 0x1000)
        .toString(16)
        .padStart(3, '0');
    return `${name.slice(0, 253 - suffix.length - 1)}.${suffix}`;
  }

  #giveUp(error: unknown, what: string): void {
    const { logger } = this.#options;
    // 404: the event has expired, or the namespace is gone.
    if (isStatusError(error) && error.code !== 404 && !this.#told.has(error.code)) {
      this.#told.add(error.code);
      logger.warn('event not recorded, and no others that are refused like it; may the operator create events?', {
        what,
        err: error,
      });
    } else {
      logger.debug('event not recorded', { what, err: error });
    }
  }
}

function truncate(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let cut = text.slice(0, maxBytes - 3);
  while (Buffer.byteLength(cut) > maxBytes - 3) cut = cut.slice(0, -1);
  return `${cut}…`;
}
