/**
 * Functions over text: CEL's own and the string extension. Positions count characters, not UTF-16 units.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-string-library
 */
import { CelError } from './cel-error.ts';
import { type CelList, type CelValue, textLength } from './cel-value.ts';
import type { CostMeter } from './cost-meter.ts';
import { formatText } from './format-text.ts';
import { quoteText } from './quote-text.ts';
import { LibraryBuilder, perCharacter, perPatternCharacter, type Sizes, traversal } from './overload.ts';
import { compileExpression } from './regular-expression.ts';

export const textLibrary: LibraryBuilder = new LibraryBuilder();

/** No text that a rule builds may be longer; a whole request is 3 MiB. */
const longestText = 10_000_000;

/** What Unicode calls white space; JavaScript's own `trim` differs at U+0085 and U+FEFF. */
const surroundingSpace = /^\p{White_Space}+|\p{White_Space}+$/gu;

const sameSize = (sizes: Sizes): number => sizes.size(0);
const whole = { cost: traversal(0), resultSize: sameSize };
const matching = {
  cost: (sizes: Sizes): number =>
    Math.ceil((sizes.size(0) + 1) * perCharacter) * Math.ceil(sizes.size(1) * perPatternCharacter),
};

textLibrary
  .define('size(string): int', (text: string) => BigInt(textLength(text)))
  .define('[string].size(): int', (text: string) => BigInt(textLength(text)))
  .define('size(bytes): int', (bytes: Uint8Array) => BigInt(bytes.length))
  .define('[bytes].size(): int', (bytes: Uint8Array) => BigInt(bytes.length))
  .define('_+_(string, string): string', (a: string, b: string) => bounded(a.length + b.length, () => a + b), {
    cost: (sizes) => Math.ceil((sizes.size(0) + sizes.size(1)) * perCharacter),
    resultSize: (sizes) => sizes.size(0) + sizes.size(1),
  })
  .define('_+_(bytes, bytes): bytes', (a: Uint8Array, b: Uint8Array) => Buffer.concat([a, b]), {
    cost: (sizes) => Math.ceil((sizes.size(0) + sizes.size(1)) * perCharacter),
    resultSize: (sizes) => sizes.size(0) + sizes.size(1),
  })
  .define('[string].contains(string): bool', (text: string, part: string) => text.includes(part), {
    cost: (sizes) => Math.ceil(sizes.size(0) * perCharacter) * Math.ceil(sizes.size(1) * perCharacter),
  })
  .define('[string].startsWith(string): bool', (text: string, part: string) => text.startsWith(part), {
    cost: traversal(1),
  })
  .define('[string].endsWith(string): bool', (text: string, part: string) => text.endsWith(part), {
    cost: traversal(1),
  })
  .defineMetered('[string].matches(string): bool', matches, matching)
  .defineMetered('matches(string, string): bool', matches, matching)
  .defineMetered('[string].find(string): string', find, { ...matching, resultSize: sameSize })
  .defineMetered('[string].findAll(string): list(string)', findAll, { ...matching, resultSize: sameSize })
  .defineMetered('[string].findAll(string, int): list(string)', findAll, { ...matching, resultSize: sameSize });

textLibrary
  .define('[string].charAt(int): string', charAt)
  .define('[string].indexOf(string): int', (text: string, part: string) => indexOf(text, part, 0n), {
    cost: traversal(0),
  })
  .define('[string].indexOf(string, int): int', indexOf, { cost: traversal(0) })
  .define('[string].lastIndexOf(string): int', (text: string, part: string) => lastIndexOf(text, part), {
    cost: traversal(0),
  })
  .define('[string].lastIndexOf(string, int): int', lastIndexOf, { cost: traversal(0) })
  .define(
    '[string].lowerAscii(): string',
    (text: string) => text.replaceAll(/[A-Z]+/g, (run) => run.toLowerCase()),
    whole,
  )
  .define(
    '[string].upperAscii(): string',
    (text: string) => text.replaceAll(/[a-z]+/g, (run) => run.toUpperCase()),
    whole,
  )
  .define('[string].trim(): string', (text: string) => text.replaceAll(surroundingSpace, ''), whole)
  .define('[string].substring(int): string', (text: string, start: bigint) => substring(text, start), whole)
  .define('[string].substring(int, int): string', substring, whole)
  .define(
    '[string].replace(string, string): string',
    (text: string, a: string, b: string) => replace(text, a, b, -1n),
    {
      cost: traversal(0, 2 * perCharacter),
      resultSize: replacedSize,
    },
  )
  .define('[string].replace(string, string, int): string', replace, {
    cost: traversal(0, 2 * perCharacter),
    resultSize: replacedSize,
  })
  .define('[string].split(string): list(string)', (text: string, by: string) => text.split(by), {
    cost: traversal(0, 2 * perCharacter),
    resultSize: sameSize,
  })
  .define('[string].split(string, int): list(string)', split, {
    cost: traversal(0, 2 * perCharacter),
    resultSize: sameSize,
  })
  .define('strings.quote(string): string', quoteText, {
    cost: traversal(0),
    resultSize: (sizes) => sizes.size(0) * 2 + 2,
  })
  .defineMetered('[string].format(list(dyn)): string', format, {
    cost: traversal(0),
    resultSize: (sizes) => sizes.size(0) + sizes.size(1),
  })
  .defineMetered('[list(string)].join(): string', ([list], meter) => join(list as CelList, '', meter), {
    cost: (sizes) => Math.ceil(sizes.size(0) * sizes.item(0) * perCharacter),
    resultSize: (sizes) => sizes.size(0) * sizes.item(0),
  })
  .defineMetered(
    '[list(string)].join(string): string',
    ([list, by], meter) => join(list as CelList, by as string, meter),
    {
      cost: (sizes) => Math.ceil(sizes.size(0) * (sizes.item(0) + sizes.size(1)) * perCharacter),
      resultSize: (sizes) => sizes.size(0) * (sizes.item(0) + sizes.size(1)),
    },
  );

function bounded<T>(length: number, build: () => T): T {
  if (length > longestText) throw new CelError(`text of ${length} characters exceeds the limit of ${longestText}`);
  return build();
}

/** Compiling costs about as much as fifty steps for each character. */
const compilation = 50;

function expressionOf(
  pattern: CelValue | undefined,
  meter: CostMeter,
): Extract<ReturnType<typeof compileExpression>, { ok: true }>['expression'] {
  const result = compileExpression(pattern as string, (weight) => meter.spend(weight * compilation));
  if (!result.ok) throw new CelError(result.problem);
  return result.expression;
}

function matches([text, pattern]: readonly CelValue[], meter: CostMeter): boolean {
  return expressionOf(pattern, meter).test(text as string);
}

function find([text, pattern]: readonly CelValue[], meter: CostMeter): string {
  const matcher = expressionOf(pattern, meter).matcher(text as string);
  return matcher.find() ? (matcher.group() ?? '') : '';
}

function findAll([text, pattern, limit = -1n]: readonly CelValue[], meter: CostMeter): string[] {
  const matcher = expressionOf(pattern, meter).matcher(text as string);
  const found: string[] = [];
  const isFull = (): boolean => (limit as bigint) >= 0n && BigInt(found.length) >= (limit as bigint);
  while (!isFull() && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

function position(text: readonly string[], index: bigint): number {
  if (index < 0n || index > BigInt(text.length)) throw new CelError(`index out of range: ${index}`);
  return Number(index);
}

function charAt(text: string, index: bigint): string {
  const characters = Array.from(text);
  return characters[position(characters, index)] ?? '';
}

function substring(text: string, start: bigint, end?: bigint): string {
  const characters = Array.from(text);
  const from = position(characters, start);
  const to = end === undefined ? characters.length : position(characters, end);
  if (from > to) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
  return characters.slice(from, to).join('');
}

function indexOf(text: string, part: string, start: bigint): bigint {
  const characters = Array.from(text);
  const from = position(characters, start);
  const found = text.indexOf(part, characters.slice(0, from).join('').length);
  return found === -1 ? -1n : BigInt(textLength(text.slice(0, found)));
}

function lastIndexOf(text: string, part: string, start?: bigint): bigint {
  const characters = Array.from(text);
  const from = start === undefined ? characters.length : position(characters, start);
  const found = text.lastIndexOf(part, characters.slice(0, from).join('').length);
  return found === -1 ? -1n : BigInt(textLength(text.slice(0, found)));
}

function replace(text: string, old: string, next: string, limit: bigint): string {
  const parts = text.split(old);
  const count = limit < 0n ? parts.length - 1 : Math.min(parts.length - 1, Number(limit));
  return bounded(text.length + count * Math.max(0, next.length - old.length), () =>
    [parts.slice(0, count + 1).join(next), ...parts.slice(count + 1)].join(old),
  );
}

function replacedSize(sizes: Sizes): number {
  const length = sizes.size(0);
  return Math.max(length, (length + 1) * sizes.size(2) + length);
}

function split(text: string, by: string, limit: bigint): string[] {
  if (limit === 0n) return [];
  const parts = text.split(by);
  if (limit < 0n || parts.length <= Number(limit)) return parts;
  const kept = Number(limit) - 1;
  return [...parts.slice(0, kept), parts.slice(kept).join(by)];
}

function join(list: CelList, by: string, meter: CostMeter): string {
  const texts = list.map((item) => {
    if (typeof item !== 'string') throw new CelError('no such overload');
    return item;
  });
  const length = texts.reduce((sum, text) => sum + text.length + by.length, 0);
  meter.spend(length * perCharacter);
  return bounded(length, () => texts.join(by));
}

function format([template, args]: readonly CelValue[], meter: CostMeter): string {
  return formatText(template as string, args as CelList, meter);
}
