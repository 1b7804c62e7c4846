/** An address book that never changes: ordinal → host:port, for development and tests. */
import { nodeIdOf, type NodeId, type PeerAddress, type PeerDiscovery, RaftError } from '@k8sop/raft-core';

/** @throws `RAFT_INVALID_OPTION` naming the entry. */
export function staticDiscovery(peers: Readonly<Record<number, string>>): PeerDiscovery {
  const book = new Map<NodeId, PeerAddress>(
    Object.entries(peers).map(([ordinal, address]) => [nodeIdOf(Number(ordinal)), parsePeer(ordinal, address)]),
  );
  return {
    resolve: async (id) => book.get(id),
    refresh: () => {},
    changes: async function* () {},
  };
}

function parsePeer(ordinal: string, address: string): PeerAddress {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(address);
  const port = Number(match?.[3]);
  if (!match || port < 1 || port > 65_535 || !/^\d+$/.test(ordinal)) {
    throw new RaftError(
      'RAFT_INVALID_OPTION',
      `peers: "${ordinal}": "${address}" is no ordinal with host:port, as in 0: "127.0.0.1:8080"`,
    );
  }
  return { host: match[1] ?? match[2] ?? '', port };
}
