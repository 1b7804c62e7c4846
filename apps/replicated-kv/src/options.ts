/** Command line of one node. */
import { parseArgs } from 'node:util';
import { isNodeId, type NodeId } from '@k8sop/raft-core';

export interface NodeAddress {
  readonly host: string;
  readonly raftPort: number;
  readonly httpPort: number;
}

export interface NodeOptions {
  readonly id: NodeId;
  /** Directory of the node's log. */
  readonly dataDir: string;
  /** Everybody who may ever be a member, this node included. */
  readonly addresses: ReadonlyMap<NodeId, NodeAddress>;
  /** The founding voters; the same on every founder. Empty for a node that joins. */
  readonly founders: readonly NodeId[];
}

const usage = 'usage: main.ts --id N --nodes 1=HOST:RAFT/HTTP,2=… --data DIR (--founders 1,2,3 | --join)';

/** @throws Error that names argument, value and fix. */
export function readOptions(args: readonly string[]): NodeOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      id: { type: 'string' },
      nodes: { type: 'string' },
      founders: { type: 'string' },
      join: { type: 'boolean' },
      data: { type: 'string' },
    },
  });
  const id = parseId(values.id, '--id');
  const addresses = parseAddresses(values.nodes);
  if (!addresses.has(id)) throw new Error(`--nodes has no address of node ${id}; ${usage}`);
  const founders = values.founders?.split(',').map((text) => parseId(text, '--founders')) ?? [];
  if ((founders.length === 0) === (values.join !== true)) throw new Error(`give either --founders or --join; ${usage}`);
  for (const founder of founders) {
    if (!addresses.has(founder)) throw new Error(`--founders names node ${founder}, which --nodes does not; ${usage}`);
  }
  if (values.data === undefined) throw new Error(`--data is missing: a node must not forget its votes; ${usage}`);
  return { id, dataDir: values.data, addresses, founders };
}

function parseId(text: string | undefined, field: string): NodeId {
  const id = Number(text);
  if (!isNodeId(id)) throw new Error(`${field} ${text} is no node id: use an integer of at least 1; ${usage}`);
  return id;
}

function parseAddresses(text: string | undefined): Map<NodeId, NodeAddress> {
  const addresses = new Map<NodeId, NodeAddress>();
  for (const part of text?.split(',') ?? []) {
    const match = /^(\d+)=([^:\s]+):(\d+)\/(\d+)$/.exec(part);
    if (!match) throw new Error(`--nodes "${part}" is no id=host:raftPort/httpPort; ${usage}`);
    const [, id, host = '', raftPort, httpPort] = match;
    addresses.set(parseId(id, '--nodes'), { host, raftPort: Number(raftPort), httpPort: Number(httpPort) });
  }
  if (addresses.size === 0) throw new Error(`--nodes is missing; ${usage}`);
  return addresses;
}
