/**
 * What plain JavaScript can do and TypeScript refuses: calls with `null`, without a value, or with something of another
 * kind. Methods guarded here answer with a `BuilderError` that names the call and the argument, never with a bare
 * `TypeError`. Values of a wrong type that a call can store are found later, see `check/field-types.ts`.
 */
import { BuilderError, isBuilderError } from './builder-error.ts';

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Take callbacks or arbitrary JSON, and look at their arguments themselves. */
const unguarded = new Set(['constructor', 'edit', 'merge', 'patch', 'pipe', 'replay', 'set', 'when']);

/** Are about output, not about input. */
const outputs = new Set(['change', 'check', 'derive', 'lift', 'subject', 'toJSON', 'toString', 'toYAML', 'unchecked']);

/** Take a key and a value; a value that isn't there, such as an unset environment variable, must not become text. */
const keyed = new Set([
  'annotation',
  'binaryData',
  'data',
  'env',
  'fromFile',
  'insert',
  'label',
  'nodeSelector',
  'stringData',
]);

const done = new WeakSet<object>();

/**
 * Guards the methods of a class and of those above it, once. Constructors call it, so that loading a class has no effect and
 * a bundler can drop it.
 */
export function guardCalls(target: { readonly prototype: object }): void {
  let holder: object | null = target.prototype;
  while (holder !== null && holder !== Object.prototype && !done.has(holder)) {
    done.add(holder);
    guardOwn(holder);
    holder = Object.getPrototypeOf(holder) as object | null;
  }
}

function guardOwn(holder: object): void {
  for (const name of Object.getOwnPropertyNames(holder)) {
    const property = Object.getOwnPropertyDescriptor(holder, name);
    if (typeof property?.value !== 'function' || isInternal(name)) continue;
    Object.defineProperty(holder, name, { ...property, value: guard(property.value as Method, name) });
  }
}

/** Helpers of builders copy state under names such as `withSpec`. */
function isInternal(name: string): boolean {
  return unguarded.has(name) || outputs.has(name) || /^with([A-Z]|$)/.test(name);
}

function guard(method: Method, name: string): Method {
  const needed = keyed.has(name) ? 2 : Math.min(method.length, 1);
  const guarded: Method = function guarded(this: unknown, ...args) {
    for (let index = 0; index < args.length; index++) {
      const argument = args[index];
      const isMissing = argument === undefined && index < needed && name !== 'nodePort';
      if (argument !== null && !isMissing) continue;
      throw refusal(`.${name}()`, `argument ${index + 1} is ${argument}; pass a value, or leave the call out`);
    }
    try {
      return method.apply(this, args);
    } catch (error) {
      if (isBuilderError(error)) throw error;
      const shown = args.map((argument) => show(argument)).join(', ');
      throw refusal(`.${name}()`, `cannot use (${shown}); ${advice}`);
    }
  };
  return Object.defineProperties(guarded, {
    name: { value: name, configurable: true },
    length: { value: method.length, configurable: true },
  });
}

const advice = 'pass what the declaration of the call asks for; a builder from a plain object is made by from(object)';

/** Runs the body of a static method: what it trips over is an argument that the declaration of `call` doesn't allow. */
export function attempt<T>(call: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (isBuilderError(error)) throw error;
    throw refusal(call, `cannot use these arguments: ${(error as Error).message}; ${advice}`);
  }
}

/** An error about one call. */
export function refusal(call: string, message: string): BuilderError {
  return new BuilderError(call, [{ code: 'TYPE', path: '', message }]);
}

/** The kind of value; content only where it can be no secret. */
export function show(value: unknown): string {
  if (value === undefined || value === null || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (typeof value === 'string') return 'text';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
