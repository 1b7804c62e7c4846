/**
 * The string formats that a CRD schema may name. A format that isn't here is an annotation and accepts every string, as
 * Kubernetes does.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
 */
import { isIPv4, isIPv6 } from 'node:net';
import { canonicalTimestamp } from './timestamp.ts';

type Recognizer = (text: string) => boolean;

const hostname = /^(?=.{1,253}$)(?!-)[\p{L}\p{N}-]{1,63}(?<!-)(\.(?!-)[\p{L}\p{N}-]{1,63}(?<!-))*\.?$/u;
const uuid = (version: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');

const recognizers: Readonly<Record<string, Recognizer>> = {
  'date-time': (text) => text === '' || isDateTime(text),
  datetime: (text) => text === '' || isDateTime(text),
  date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && canonicalTimestamp(`${text}T00:00:00Z`, 'date-time') !== undefined,
  duration: isDuration,
  byte: (text) => /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  password: () => true,
  uri: isUri,
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: (text) => hostname.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (text) => /^([0-9a-f]{2}[:-]){5,7}[0-9a-f]{2}$/i.test(text) || /^([0-9a-f]{4}\.){2,3}[0-9a-f]{4}$/i.test(text),
  uuid: (text) => uuid('[0-9a-f]').test(text),
  uuid3: (text) => uuid('3').test(text),
  uuid4: (text) => uuid('4').test(text),
  uuid5: (text) => uuid('5').test(text),
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  hexcolor: (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) => isRgb(text),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  creditcard: (text) => /^\d{12,19}$/.test(text.replaceAll(/[\s-]/g, '')),
  isbn: (text) => isIsbn(text, 10) || isIsbn(text, 13),
  isbn10: (text) => isIsbn(text, 10),
  isbn13: (text) => isIsbn(text, 13),
};

/** Whether `text` has the format; `true` for formats nobody checks. */
export function hasFormat(text: string, format: string): boolean {
  return recognizers[format]?.(text) ?? true;
}

/** Whether the format is one that is checked. */
export function isKnownFormat(format: string): boolean {
  return format in recognizers;
}

function isDateTime(text: string): boolean {
  return canonicalTimestamp(text, 'date-time') !== undefined;
}

function isDuration(text: string): boolean {
  return (
    /^[+-]?(\d+(\.\d*)?(ns|us|µs|μs|ms|s|m|h))+$|^0$/.test(text) || /^\d+\s*(ns|us|ms|s|m|h|d|w)[a-z]*$/i.test(text)
  );
}

function isUri(text: string): boolean {
  return text.startsWith('/') || URL.canParse(text);
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(length)) return false;
  return (isIPv4(address) && Number(length) <= 32) || (isIPv6(address) && Number(length) <= 128);
}

function isRgb(text: string): boolean {
  const match = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(text);
  return match !== null && match.slice(1).every((part) => Number(part) <= 255);
}

function isIsbn(text: string, length: 10 | 13): boolean {
  const digits = text.replaceAll(/[\s-]/g, '');
  if (!(length === 10 ? /^\d{9}[\dX]$/ : /^\d{13}$/).test(digits)) return false;
  const value = (digit: string): number => (digit === 'X' ? 10 : Number(digit));
  if (length === 10) return Array.from(digits).reduce((sum, digit, i) => sum + (10 - i) * value(digit), 0) % 11 === 0;
  return Array.from(digits).reduce((sum, digit, i) => sum + (i % 2 === 0 ? 1 : 3) * value(digit), 0) % 10 === 0;
}
