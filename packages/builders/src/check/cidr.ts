/** Address ranges in CIDR notation, IPv4 and IPv6. */
import type { Report } from '../builder-error.ts';

/** A range: `bits` of `address` are fixed. */
interface Cidr {
  readonly address: bigint;
  readonly bits: number;
  /** 32 or 128. */
  readonly width: number;
}

/** Reports `CIDR` for ranges that are malformed, and for exceptions that do not lie strictly inside the range. */
export function checkIpBlock(cidr: string, except: readonly string[], path: string, report: Report): void {
  const range = parseCidr(cidr);
  if (range === undefined) report('CIDR', `${path}.cidr`, `"${cidr}" is not an address range such as 10.0.0.0/8`);
  for (const [index, text] of except.entries()) {
    const inner = parseCidr(text);
    const at = `${path}.except[${index}]`;
    if (inner === undefined) report('CIDR', at, `"${text}" is not an address range such as 10.1.0.0/16`);
    else if (range !== undefined && !liesInside(inner, range)) report('CIDR', at, `${text} is not a part of ${cidr}`);
  }
}

function liesInside(inner: Cidr, outer: Cidr): boolean {
  const shift = BigInt(outer.width - outer.bits);
  return inner.width === outer.width && inner.bits > outer.bits && inner.address >> shift === outer.address >> shift;
}

function parseCidr(text: string): Cidr | undefined {
  const [, address = '', digits = ''] = /^([0-9a-fA-F:.]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
  const bits = Number(digits);
  const v4 = parseV4(address);
  if (v4 !== undefined) return bits <= 32 && digits !== '' ? { address: v4, bits, width: 32 } : undefined;
  const v6 = parseV6(address);
  return v6 !== undefined && bits <= 128 ? { address: v6, bits, width: 128 } : undefined;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || text === '') return undefined;
  const [left = [], right = []] = halves.map(groupsOf);
  const missing = 8 - left.length - right.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** Groups of a half of an IPv6 address; a final IPv4 address counts as two. */
function groupsOf(half: string): string[] {
  if (half === '') return [];
  const groups = half.split(':');
  const v4 = parseV4(groups.at(-1) ?? '');
  if (v4 === undefined) return groups;
  return [...groups.slice(0, -1), (v4 >> 16n).toString(16), (v4 & 0xffffn).toString(16)];
}
