/** Optional values: `self.?a.orValue(1)`. */
import { CelError } from './cel-error.ts';
import { CelDuration, CelOptional, CelTimestamp, CelUint, type CelValue, isCelList, isCelMap } from './cel-value.ts';
import { LibraryBuilder } from './overload.ts';
import { earliest } from './time-text.ts';

export const optionalLibrary: LibraryBuilder = new LibraryBuilder();

optionalLibrary
  .define('optional.of(A): optional(A)', (value: CelValue) => new CelOptional(value))
  .define('optional.none(): optional(A)', () => CelOptional.none)
  .define('optional.ofNonZeroValue(A): optional(A)', (value: CelValue) =>
    isZero(value) ? CelOptional.none : new CelOptional(value),
  )
  .define('[optional(A)].hasValue(): bool', (optional: CelOptional) => optional.value !== undefined)
  .define('[optional(A)].value(): A', (optional: CelOptional) => {
    if (optional.value === undefined) throw new CelError('optional.none() dereference');
    return optional.value;
  })
  .define('[optional(A)].or(optional(A)): optional(A)', (optional: CelOptional, other: CelOptional) =>
    optional.value === undefined ? other : optional,
  )
  .define(
    '[optional(A)].orValue(A): A',
    (optional: CelOptional, fallback: CelValue) => optional.value ?? nullOr(optional, fallback),
  );

/** `null` is a value, too. */
function nullOr(optional: CelOptional, fallback: CelValue): CelValue {
  return optional.value === undefined ? fallback : optional.value;
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true;
  if (value instanceof Uint8Array || (typeof value === 'object' && isCelList(value))) return value.length === 0;
  if (value instanceof CelUint) return value.value === 0n;
  if (value instanceof CelDuration) return value.nanos === 0n;
  if (value instanceof CelTimestamp) return value.nanos === earliest;
  return typeof value === 'object' && isCelMap(value) && value.size === 0;
}
