/**
 * Plays applies and updates against one object in memory and says who owns what afterwards, for the case tables of
 * this folder.
 */
import type { SchemaNode } from '../schema/schema-node.ts';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';
import { type ApplyResult, applyPatch } from './apply-patch.ts';
import { describeSet } from './field-set.ts';
import { configMap, deployment, widget } from './fixture-schemas.ts';
import { decodeManagers } from './managers.ts';
import { trackUpdate } from './track-update.ts';

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly schema: SchemaNode;
}

export interface StepOptions {
  readonly force?: boolean;
  readonly subresource?: string;
  readonly apiVersion?: string;
  readonly now?: string;
  /** A schema that has replaced the kind's. */
  readonly schema?: SchemaNode;
}

export interface Step {
  readonly type: 'apply' | 'update' | 'store';
  readonly manager: string;
  readonly fields: JsonObject;
  readonly options: StepOptions;
}

/** A server-side apply of these fields; `metadata.name` is added. */
export function apply(manager: string, fields: JsonObject, options: StepOptions = {}): Step {
  return { type: 'apply', manager, fields, options };
}

/** A PUT of these fields in place of everything the object had. */
export function update(manager: string, fields: JsonObject, options: StepOptions = {}): Step {
  return { type: 'update', manager, fields, options };
}

/** Puts an object into the store past all tracking, as a server without managedFields would have. */
export function store(fields: JsonObject): Step {
  return { type: 'store', manager: '', fields, options: {} };
}

export const CONFIG_MAP: Kind = { apiVersion: 'v1', kind: 'ConfigMap', schema: configMap };
export const DEPLOYMENT: Kind = { apiVersion: 'apps/v1', kind: 'Deployment', schema: deployment };
export const WIDGET: Kind = { apiVersion: 'example.dev/v1', kind: 'Widget', schema: widget };

export interface Outcome {
  readonly object: KubeObject | undefined;
  /** The object without metadata the tables don't speak of. */
  readonly fields: JsonObject;
  /** Paths by manager; updates as `name (update)`, subresources as `name /status`. */
  readonly owners: Readonly<Record<string, readonly string[]>>;
  /** The answer to the last apply: `applied`, or the message of the refusal. */
  readonly answer: string;
}

const NOW = '2026-01-01T00:00:00Z';

export function play(kind: Kind, steps: readonly Step[]): Outcome {
  let object: KubeObject | undefined;
  let result: ApplyResult | undefined;
  for (const step of steps) {
    if (step.type === 'apply') {
      result = applyStep(kind, object, step);
      object = result.outcome === 'applied' ? result.object : object;
    } else {
      object = step.type === 'store' ? named(kind, step) : updateStep(kind, object, step);
    }
  }
  return { object, fields: visibleFields(object), owners: ownersOf(object), answer: answerOf(result) };
}

function answerOf(result: ApplyResult | undefined): string {
  return result === undefined || result.outcome === 'applied' ? 'applied' : result.message;
}

function applyStep(kind: Kind, live: KubeObject | undefined, step: Step): ApplyResult {
  const { options, manager } = step;
  return applyPatch({
    live,
    applied: named(kind, step),
    manager,
    force: options.force ?? false,
    apiVersion: options.apiVersion ?? kind.apiVersion,
    subresource: options.subresource ?? '',
    schema: options.schema ?? kind.schema,
    now: options.now ?? NOW,
  });
}

function updateStep(kind: Kind, old: KubeObject | undefined, step: Step): KubeObject {
  const { options, manager } = step;
  return trackUpdate({
    old,
    new: named(kind, step),
    manager,
    apiVersion: options.apiVersion ?? kind.apiVersion,
    subresource: options.subresource ?? '',
    schema: options.schema ?? kind.schema,
    now: options.now ?? NOW,
  }).object;
}

function named(kind: Kind, { fields, options }: Step): KubeObject {
  const { metadata, ...rest } = fields;
  const apiVersion = options.apiVersion ?? kind.apiVersion;
  return { apiVersion, kind: kind.kind, metadata: { name: 'x', ...(metadata as KubeObject['metadata']) }, ...rest };
}

function visibleFields(object: KubeObject | undefined): JsonObject {
  const { apiVersion: _, kind: __, metadata, ...rest } = object ?? { metadata: {} };
  const { name: ___, managedFields: ____, ...visible } = metadata as JsonObject;
  return Object.keys(visible).length === 0 ? rest : { metadata: visible, ...rest };
}

function ownersOf(object: KubeObject | undefined): Record<string, readonly string[]> {
  const managers = decodeManagers(object?.metadata.managedFields) ?? new Map();
  return Object.fromEntries(
    [...managers.values()].map((manager) => {
      const subresource = manager.subresource === '' ? '' : ` /${manager.subresource}`;
      const operation = manager.operation === 'Update' ? ' (update)' : '';
      return [`${manager.name}${subresource}${operation}`, describeSet(manager.fields)];
    }),
  );
}
