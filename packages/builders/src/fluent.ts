/**
 * The immutable fluent base of every builder: typed calls, recorded edits, replay, checks.
 *
 * Replay order of `toJSON()`: typed calls, derived values, `restricted()`, recorded edits, canonical order, checks.
 * Not here: identity and metadata of whole objects, see `manifest.ts`.
 */
import { BuilderError, type Problem, type Report } from './builder-error.ts';
import { checkFieldTypes } from './check/field-types.ts';
import { type FieldAt, type FieldPath, writeAt } from './edit/field-path.ts';
import { applyJsonPatch, type JsonPatchOperation } from './edit/json-patch.ts';
import { type MergePatch, strategicMerge } from './edit/strategic-merge.ts';
import { attempt, guardCalls, refusal, show } from './guard-calls.ts';
import { canonical } from './render/canonical.ts';

/** A step replayed on the plain object; a new root may be returned. */
type Edit<T> = (draft: T) => T | undefined;

/** Everything a builder remembers. */
export interface FluentState<T> {
  /** What typed calls said; never mutated. */
  readonly fields: Partial<T>;
  /** Replayed between derived values and edits. */
  readonly late: readonly ((draft: T, report: Report) => void)[];
  /** `set`, `edit`, `merge` and `patch`, in call order. */
  readonly edits: readonly Edit<T>[];
  /** True for lifted objects, from which nothing is derived. */
  readonly lifted: boolean;
  /** Problems that only the call itself could see. */
  readonly problems: readonly Problem[];
}

/** Base of builders of `T`; `M` is the union of required calls that are still missing. */
export abstract class Fluent<T extends object, M extends string = never> {
  /** Names the calls still missing; only a builder where it is `never` can be applied. Never present at run time. */
  declare readonly '~missing': M;
  /** Not enumerable, so that a builder in a log line or a spread never shows content such as that of a Secret. */
  declare protected readonly state: FluentState<T>;

  protected constructor(fields: Partial<T>) {
    guardCalls(new.target);
    const state: FluentState<T> = { fields, late: [], edits: [], lifted: false, problems: [] };
    Object.defineProperty(this, 'state', { value: Object.freeze(state) });
    Object.freeze(this);
  }

  /** Continues with `f(this)` when `on` is true, unchanged otherwise; a call made inside does not count as required. */
  when(on: boolean, f: (builder: this) => this): this {
    if (typeof on !== 'boolean') throw refusal('.when()', `${show(on)} is no condition; pass true or false`);
    mustBeFunction(f, '.when()');
    return on ? f(this) : this;
  }

  /** `f(this)`, for functions that take a builder and return one. */
  pipe<R>(f: (builder: this) => R): R {
    mustBeFunction(f, '.pipe()');
    return f(this);
  }

  /** Sets the field at a dotted path, checked by the compiler; replayed after all typed calls. Paths stop at lists. */
  set<const P extends string>(path: P & FieldPath<T, P>, value: FieldAt<T, P>): this {
    if (typeof path !== 'string')
      throw refusal('.set()', `${show(path)} is no path; write one such as 'spec.replicas'`);
    const keys = path.split('.');
    const copy = attempt('.set()', () => plainCopy(value));
    return this.record((draft) => writeAt(draft, keys, structuredClone(copy)));
  }

  /** Changes a mutable copy of the object; replayed after all typed calls, on every output, so it must be pure. */
  edit(change: (draft: T) => void): this {
    mustBeFunction(change, '.edit()');
    return this.record(change);
  }

  /** Merges a partial object: maps merge, keyed lists merge by key, other lists are replaced, `null` deletes. */
  merge(patch: MergePatch<T>): this {
    if (!isPlainObject(patch)) throw refusal('.merge()', `${show(patch)} is no partial object; write { field: value }`);
    const copy = attempt('.merge()', () => plainCopy(patch) as object);
    return this.record((draft) => strategicMerge(draft, copy));
  }

  /** Applies a JSON patch (RFC 6902); unknown fields are kept as they are. */
  patch(operations: readonly JsonPatchOperation[]): this {
    if (!Array.isArray(operations)) throw refusal('.patch()', `${show(operations)} is no list of operations`);
    const copy = attempt('.patch()', () => structuredClone(operations));
    return this.change({ edits: [...this.state.edits, (draft) => applyJsonPatch(draft, copy) as T] });
  }

  /**
   * The object, checked, as a fresh plain value in canonical order.
   * @throws BuilderError listing every problem, ordered by path.
   */
  toJSON(): T {
    const problems: Problem[] = [...this.state.problems];
    const report: Report = (code, path, message) => void problems.push({ code, path, message });
    this.checkTypes();
    const object = this.replay(report);
    attempt('toJSON()', () => this.check(object, report));
    if (problems.length > 0) throw new BuilderError(this.subject(object), problems);
    return object;
  }

  /** Nothing can be derived from values of a wrong type, nor checked further. */
  private checkTypes(): void {
    const problems: Problem[] = [];
    const { fields, lifted } = this.state;
    if (!lifted)
      checkFieldTypes(this.knownFields, (code, path, message) => void problems.push({ code, path, message }));
    if (problems.length === 0) return;
    throw new BuilderError(this.subject(fields as T), [...this.state.problems, ...problems]);
  }

  /** The object without the checks of `toJSON()`: for building what Kubernetes should refuse, and for inspection. */
  unchecked(): T {
    return this.replay(() => undefined);
  }

  /** Kind and name, such as `Deployment "web"`; never content. */
  toString(): string {
    return this.subject(this.unchecked());
  }

  /** The fields whose names have the meaning, and the type, that built-in kinds give them. */
  protected get knownFields(): object {
    return this.state.fields;
  }

  /** Fills in what follows from the typed calls. */
  protected derive(_draft: T): void {}

  /** Reports everything Kubernetes would refuse. */
  protected check(_object: T, _report: Report): void {}

  /** How error messages call this object. */
  protected abstract subject(object: T): string;

  /** A copy in which `fields` replace those of the same name. */
  protected with(fields: Partial<T>): this {
    return this.change({ fields: { ...this.state.fields, ...fields } });
  }

  /** A copy with another state. */
  protected change(state: Partial<FluentState<T>>): this {
    const value = Object.freeze({ ...this.state, ...state });
    return Object.freeze(Object.create(Object.getPrototypeOf(this) as object, { state: { value } })) as this;
  }

  /** A copy that holds `object` as it is and derives nothing. */
  protected lift(object: T): this {
    if (!isPlainObject(object))
      throw refusal('from()', `${show(object)} is no object; pass a manifest as a plain object`);
    return this.change({ fields: structuredClone(object), lifted: true });
  }

  private record(edit: (draft: T) => void): this {
    const step: Edit<T> = (draft) => {
      edit(draft);
      return undefined;
    };
    return this.change({ edits: [...this.state.edits, step] });
  }

  private replay(report: Report): T {
    const { fields, late, edits, lifted } = this.state;
    let draft = canonical(fields) as T;
    if (!lifted) attempt('toJSON()', () => this.derive(draft));
    for (const step of late) step(draft, report);
    for (const edit of edits) draft = edit(draft) ?? draft;
    return canonical(draft);
  }
}

function mustBeFunction(value: unknown, call: string): void {
  if (typeof value !== 'function')
    throw refusal(call, `${show(value)} is no function; pass one that takes the builder`);
}

/** @throws TypeError for cycles, functions and integers without bounds, which JSON doesn't have. */
function plainCopy<T>(value: T): T {
  JSON.stringify(value);
  return structuredClone(value);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
