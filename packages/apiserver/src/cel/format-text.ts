/**
 * `'%s has %d'.format([a, b])` of the string extension.
 *
 * @see https://pkg.go.dev/github.com/google/cel-go/ext#Strings
 */
import { CelError } from './cel-error.ts';
import {
  CelDuration,
  type CelList,
  CelTimestamp,
  CelTypeName,
  CelUint,
  type CelValue,
  isCelList,
  isCelMap,
  typeNameOf,
} from './cel-value.ts';
import type { CostMeter } from './cost-meter.ts';
import { formatDouble } from './number-library.ts';
import { perCharacter } from './overload.ts';
import { formatDuration, formatTimestamp } from './time-text.ts';

const clause = /%(?:(%)|(?:\.(\d{1,3}))?([sdfeboxX]))|%/g;

export function formatText(template: string, args: CelList, meter: CostMeter): string {
  let next = 0;
  const spend = (text: string): string => {
    meter.spend(text.length * perCharacter);
    return text;
  };
  return template.replaceAll(clause, (whole, percent?: string, precision?: string, verb?: string) => {
    if (percent !== undefined) return '%';
    if (verb === undefined)
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause ${JSON.stringify(whole)}`);
    if (next >= args.length) throw new CelError(`index ${next} out of range`);
    const value = args[next] as CelValue;
    next += 1;
    return spend(formatClause(verb, value, precision === undefined ? 6 : Number(precision)));
  });
}

function formatClause(verb: string, value: CelValue, precision: number): string {
  switch (verb) {
    case 's':
      return asText(value);
    case 'd':
      return String(integerOf(value, verb));
    case 'f':
      return finite(numberOf(value, verb), (number) => number.toFixed(Math.min(precision, 100)));
    case 'e':
      return finite(numberOf(value, verb), (number) =>
        number.toExponential(Math.min(precision, 100)).replace(/e([+-])(\d)$/, 'e$10$2'),
      );
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : integerOf(value, verb).toString(2);
    case 'o':
      return integerOf(value, verb).toString(8);
    default: {
      const digits = hexadecimal(value, verb);
      return verb === 'X' ? digits.toUpperCase() : digits;
    }
  }
}

function finite(value: number, show: (value: number) => string): string {
  if (Number.isFinite(value)) return show(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

function hexadecimal(value: CelValue, verb: string): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integerOf(value, verb).toString(16);
}

function integerOf(value: CelValue, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof CelUint) return value.value;
  if (verb === 'd' && typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw wrongType(verb, value);
}

function numberOf(value: CelValue, verb: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof CelUint) return Number(value.value);
  throw wrongType(verb, value);
}

function wrongType(verb: string, value: CelValue): CelError {
  return new CelError(`error during formatting: %${verb} can't format values of type ${typeNameOf(value)}`);
}

function asText(value: CelValue): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'null';
  if (typeof value === 'number') return formatDouble(value).replace('+Inf', 'Infinity').replace('-Inf', '-Infinity');
  if (typeof value !== 'object') return String(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  if (value instanceof CelTypeName) return value.name;
  if (isCelList(value)) return `[${value.map(asText).join(', ')}]`;
  if (!isCelMap(value)) throw wrongType('s', value);
  const entries = [...value].map(([key, member]) => `${asText(key)}: ${asText(member)}`);
  return `{${entries.toSorted().join(', ')}}`;
}
