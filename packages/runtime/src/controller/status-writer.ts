/**
 * Accumulates what one run says about its object's status, so that every write states the whole of it.
 *
 * Server-side apply removes what a manager stated before and omits now. That is wanted for a field left out of
 * `setStatus`, and unwanted when a run only sets a condition; then the fields this manager stated earlier are repeated.
 */

import type { ObjectWriter, WriteOptions } from '../cache/object-writer.ts';
import type { Clock } from '../clock.ts';
import { type ConditionInput, formatTime, mergeConditions, type StoredCondition } from '../object/conditions.ts';
import { isStatusError, type StatusError } from '../client/status-error.ts';
import { RuntimeError } from '../errors.ts';
import { asJson, type KubeObject } from '../object/kube-object.ts';
import type { ResourceKind } from '../object/resource-kind.ts';

export interface StatusWriterOptions<T extends KubeObject> {
  readonly writer: Pick<ObjectWriter, 'apply'>;
  readonly clock: Clock;
  readonly kind: ResourceKind<T>;
  readonly object: T;
  /** Whether the server has this very object now. */
  readonly exists: () => Promise<boolean>;
  readonly fieldManager: string;
  readonly write: WriteOptions;
}

type Fields = Readonly<Record<string, unknown>>;

/** The status of one object during one run. Writes are sent one after the other. */
export class StatusWriter<T extends KubeObject> {
  readonly #options: StatusWriterOptions<T>;
  #fields: Fields;
  #conditions: readonly StoredCondition[];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: StatusWriterOptions<T>) {
    this.#options = options;
    const status = (asJson(options.object)['status'] ?? {}) as Fields;
    this.#conditions = (status['conditions'] ?? []) as readonly StoredCondition[];
    this.#fields = ownFields(options.object, status, options.fieldManager);
  }

  /** Replaces everything but the conditions; those in `status` are merged like `setConditions`. */
  setStatus(status: object): Promise<void> {
    const { conditions, ...fields } = status as Fields;
    this.#fields = fields;
    return this.#write((conditions ?? []) as readonly ConditionInput[]);
  }

  setConditions(conditions: readonly ConditionInput[]): Promise<void> {
    return this.#write(conditions);
  }

  #write(changes: readonly ConditionInput[]): Promise<void> {
    const { clock, object, kind, writer, fieldManager, write } = this.#options;
    const { generation, name = '', namespace, uid } = object.metadata;
    this.#conditions = mergeConditions(this.#conditions, changes, {
      now: formatTime(clock.wallMs()),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    });
    const desired = {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }), // not of another object that took the name meanwhile
      },
      status: this.#conditions.length === 0 ? this.#fields : { ...this.#fields, conditions: this.#conditions },
    } as unknown as T;
    const sent = this.#last.then(() =>
      writer.apply({ kind, desired, fieldManager, onConflict: 'take', ...write, subresource: 'status' }),
    );
    this.#last = sent.catch(() => undefined);
    return sent.then(
      () => undefined,
      async (error: unknown) => {
        throw isStatusError(error, 404) ? await this.#explained(error) : error;
      },
    );
  }

  /** Some servers say of a missing subresource what they say of a missing object. */
  async #explained(error: StatusError): Promise<Error> {
    const { kind, exists } = this.#options;
    if (!(await exists().catch(() => false))) return error;
    return new RuntimeError(
      'OPTION_INVALID',
      `${kind.kind} has no status subresource, so its status cannot be written; add "subresources: { status: {} }" to its CRD`,
      { cause: error },
    );
  }
}

/** The top-level status fields this manager's Apply entry for `/status` owns, with their present values. */
function ownFields(object: KubeObject, status: Fields, manager: string): Fields {
  const entry = object.metadata.managedFields?.find(
    (candidate) =>
      candidate.manager === manager && candidate.operation === 'Apply' && candidate.subresource === 'status',
  );
  const owned = ((entry?.fieldsV1 ?? {}) as Record<string, Record<string, unknown> | undefined>)['f:status'] ?? {};
  return Object.fromEntries(
    Object.entries(status).filter(([field]) => field !== 'conditions' && Object.hasOwn(owned, `f:${field}`)),
  );
}
