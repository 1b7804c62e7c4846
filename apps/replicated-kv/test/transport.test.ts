/** The app's TCP transport keeps the contract of raft-core's transport port. */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { transportSuite } from '@k8sop/raft-core/testing';
import { describe, expect, it } from 'vitest';
import type { NodeAddress } from '../src/options.ts';
import { TcpTransport } from '../src/tcp-transport.ts';

transportSuite({ describe, it, expect }, () => {
  const addresses = new Map<number, NodeAddress>();
  return {
    create: async (id) => {
      if (!addresses.has(id)) addresses.set(id, { host: '127.0.0.1', raftPort: await freePort(), httpPort: 0 });
      return new TcpTransport(id, addresses);
    },
    started: () => {},
    turn: () => setImmediate(),
  };
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
