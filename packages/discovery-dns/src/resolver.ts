/**
 * The port to DNS, and its form on `node:dns`. `dns.resolve*` asks the server directly (c-ares); `dns.lookup` would take
 * a thread of the pool that storage needs.
 */
import { Resolver as NodeResolver } from 'node:dns/promises';
import type { SrvRecord } from './srv-records.ts';

export interface Resolver {
  /** IPv4, or where there is none IPv6 addresses of a full name. Rejects when the name has neither, or on any failure. */
  addresses(name: string, options: { readonly signal: AbortSignal }): Promise<readonly string[]>;
  /** SRV records of a full name. Rejects when there are none, or on any failure. */
  services(name: string, options: { readonly signal: AbortSignal }): Promise<readonly SrvRecord[]>;
}

export interface DnsResolverOptions {
  /** Wait for one answer, in ms, before the query is sent again. @default 1000 */
  readonly timeoutMs?: number;
  /** Queries sent before a lookup fails. @default 2 */
  readonly tries?: number;
  /** Servers as `address` or `address:port`. @default those of `resolv.conf` */
  readonly servers?: readonly string[];
}

export function dnsResolver({ timeoutMs = 1_000, tries = 2, servers }: DnsResolverOptions = {}): Resolver {
  const open = (): NodeResolver => {
    const resolver = new NodeResolver({ timeout: timeoutMs, tries });
    if (servers) resolver.setServers(servers);
    return resolver;
  };
  return {
    addresses: (name, { signal }) =>
      cancellable(open(), signal, async (resolver) => {
        try {
          return await resolver.resolve4(name);
        } catch (error) {
          signal.throwIfAborted();
          return await resolver.resolve6(name).catch(() => Promise.reject(error));
        }
      }),
    services: (name, { signal }) =>
      cancellable(open(), signal, async (resolver) => {
        const records = await resolver.resolveSrv(name);
        return records.map(({ name: target, port, priority, weight }) => ({ target, port, priority, weight }));
      }),
  };
}

/** One resolver a lookup: `cancel` ends every query of its resolver. */
async function cancellable<T>(
  resolver: NodeResolver,
  signal: AbortSignal,
  lookup: (resolver: NodeResolver) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const cancel = (): void => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await lookup(resolver);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}
