/**
 * `'%s has %d'.format([a, b])` of the string extension, version 2: inside of lists and maps values are written as literals,
 * doubles with groups of digits and powers of ten as in English.
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
import { quoteText } from './quote-text.ts';
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
      return finite(doubleOf(value, verb), (number) => grouped(fixed(number, precision)));
    case 'e':
      return finite(doubleOf(value, verb), (number) => scientific(number, precision));
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
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
}

/** More decimals than any double has are zeros. */
const maxDecimals = 100;

/** With `decimals` decimals; halves go to the even neighbour, where JavaScript's `toFixed` rounds them up. */
function fixed(value: number, decimals: number): string {
  const places = Math.min(decimals, maxDecimals);
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const exact = Math.abs(value) < 1e21 ? Math.abs(value).toFixed(maxDecimals) : `${BigInt(Math.abs(value))}.`;
  const [whole = '', fraction = ''] = exact.split('.');
  const kept = BigInt(`${whole}${fraction.slice(0, places).padEnd(places, '0')}`);
  const left = fraction.slice(places);
  const isHalf = /^50*$/.test(left);
  const rounded = kept + (isHalf ? kept % 2n : /^[5-9]/.test(left) ? 1n : 0n);
  const digits = String(rounded).padStart(places + 1, '0');
  return `${sign}${digits.slice(0, digits.length - places)}${places === 0 ? '' : `.${digits.slice(-places)}`}`;
}

function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const groups = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function scientific(value: number, precision: number): string {
  const [digits = '', exponent = ''] = value.toExponential(Math.min(precision, maxDecimals)).split('e');
  const power = exponent
    .slice(1)
    .padStart(2, '0')
    .replaceAll(/\d/g, (digit) => superscripts[Number(digit)] ?? '');
  return `${digits}×10${exponent.startsWith('-') ? '⁻' : ''}${power}`;
}

function hexadecimal(value: CelValue, verb: string): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return integerOf(value, verb).toString(16);
}

function integerOf(value: CelValue, verb: string): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof CelUint) return value.value;
  throw wrongType(verb, value);
}

function doubleOf(value: CelValue, verb: string): number {
  if (typeof value === 'number') return value;
  throw wrongType(verb, value);
}

function wrongType(verb: string, value: CelValue): CelError {
  return new CelError(`error during formatting: %${verb} can't format values of type ${typeNameOf(value)}`);
}

function asText(value: CelValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatDouble(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value instanceof CelTimestamp) return formatTimestamp(value);
  if (value instanceof CelDuration) return formatDuration(value);
  return asLiteral(value);
}

/** As `%s` shows an item of a list or map. */
function asLiteral(value: CelValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'number') return Number.isFinite(value) ? fixed(value, 6) : quoteText(formatDouble(value));
  if (typeof value !== 'object') return String(value);
  if (value instanceof CelUint) return String(value.value);
  if (value instanceof CelTypeName) return value.name;
  if (value instanceof CelTimestamp) return `timestamp(${quoteText(formatTimestamp(value))})`;
  if (value instanceof CelDuration) return `duration(${quoteText(formatDuration(value))})`;
  if (value instanceof Uint8Array) return `b${quoteText(asText(value))}`;
  if (isCelList(value)) return `[${value.map(asLiteral).join(', ')}]`;
  if (!isCelMap(value)) throw wrongType('s', value);
  const entries = [...value].map(([key, member]) => `${asLiteral(key)}:${asLiteral(member)}`);
  return `{${entries.toSorted().join(', ')}}`;
}
