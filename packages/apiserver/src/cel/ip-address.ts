/**
 * IP addresses and networks as numbers, parsed as strictly as Kubernetes does: no leading zeros, no zones, no IPv4 addresses
 * mapped to IPv6.
 */
import { isIPv4, isIPv6 } from 'node:net';

export interface IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;
}

export interface IpNetwork {
  readonly address: IpAddress;
  readonly prefix: number;
}

export function parseIp(text: string): IpAddress | undefined {
  if (isIPv4(text)) {
    if (text.split('.').some((part) => part.length > 1 && part.startsWith('0'))) return undefined;
    return { family: 4, bits: text.split('.').reduce((bits, part) => bits * 256n + BigInt(part), 0n) };
  }
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = withoutDots(text).split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const left = groups(head);
  const right = groups(tail ?? '');
  const missing = tail === undefined ? 0 : 8 - left.length - right.length;
  const all = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  const bits = all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
  return bits >> 32n === 0xffffn ? undefined : { family: 6, bits };
}

/** The last 32 bits may be written as in IPv4: as two groups they are like the others. */
function withoutDots(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_whole, ...parts: string[]) => {
    const [a, b, c, d] = parts.slice(0, 4).map(Number) as [number, number, number, number];
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}

/** The canonical text (RFC 5952 for IPv6). */
export function formatIp({ family, bits }: IpAddress): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 65_535n).toString(16));
  const run = longestZeroRun(groups);
  if (run === undefined) return groups.join(':');
  return `${groups.slice(0, run.start).join(':')}::${groups.slice(run.start + run.length).join(':')}`;
}

function longestZeroRun(groups: readonly string[]): { start: number; length: number } | undefined {
  let best: { start: number; length: number } | undefined;
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > 1 && length > (best?.length ?? 0)) best = { start, length };
  }
  return best;
}

export function parseNetwork(text: string): IpNetwork | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const address = match === null ? undefined : parseIp(match[1] ?? '');
  if (address === undefined || match === null) return undefined;
  const prefix = Number(match[2]);
  return prefix <= width(address) ? { address, prefix } : undefined;
}

export function formatNetwork({ address, prefix }: IpNetwork): string {
  return `${formatIp(address)}/${prefix}`;
}

/** The network's first address. */
export function masked({ address, prefix }: IpNetwork): IpNetwork {
  const free = BigInt(width(address) - prefix);
  return { address: { ...address, bits: (address.bits >> free) << free }, prefix };
}

export function holdsIp(network: IpNetwork, ip: IpAddress): boolean {
  if (ip.family !== network.address.family) return false;
  return masked({ address: ip, prefix: network.prefix }).address.bits === masked(network).address.bits;
}

export function holdsNetwork(outer: IpNetwork, inner: IpNetwork): boolean {
  return inner.prefix >= outer.prefix && holdsIp(outer, inner.address);
}

export function inNetwork(ip: IpAddress, network: string): boolean {
  const parsed = parseNetwork(network);
  return parsed !== undefined && holdsIp(parsed, ip);
}

function width({ family }: IpAddress): number {
  return family === 4 ? 32 : 128;
}
