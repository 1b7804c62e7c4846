/**
 * The cluster's DNS, as far as replicas ask it: an address for each pod's name, over UDP. It can fail in the ways that DNS does.
 */
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

/** `swaps`: each name gets the address of another pod. */
export type DnsMood = 'answers' | 'fails' | 'is silent' | 'knows nobody' | 'swaps';

export interface DnsServer extends AsyncDisposable {
  mood: DnsMood;
}

export interface DnsZone {
  /** Addresses by the name's first label. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly host: string;
  /** @default 53 */
  readonly port?: number;
}

const headerBytes = 12;
const typeA = 1;
const serverFailure = 2;
const noSuchName = 3;

export async function startDnsServer({ addresses, host, port = 53 }: DnsZone): Promise<DnsServer> {
  const names = [...addresses.keys()];
  const socket = createSocket('udp4');
  const server: DnsServer = {
    mood: 'answers',
    async [Symbol.asyncDispose]() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
  const addressOf = (label: string): string | undefined => {
    const asked = server.mood === 'swaps' ? names[(names.indexOf(label) + 1) % names.length] : label;
    return addresses.has(label) ? addresses.get(asked ?? '') : undefined;
  };
  socket.on('message', (query: Buffer, { address, port: to }: RemoteInfo) => {
    const question = readQuestion(query);
    if (question === undefined || server.mood === 'is silent') return;
    const known = server.mood === 'knows nobody' ? undefined : addressOf(question.label);
    const code = server.mood === 'fails' ? serverFailure : known === undefined ? noSuchName : 0;
    const found = code === 0 && question.type === typeA ? known : undefined;
    socket.send(replyTo(query, question.endsAt, { code, address: found }), to, address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  return server;
}

/** One question, its name uncompressed. */
function readQuestion(query: Buffer): { label: string; type: number; endsAt: number } | undefined {
  let at = headerBytes;
  while (at < query.length && query[at] !== 0) at += 1 + (query[at] ?? 0);
  if (at + 5 > query.length) return undefined;
  const first = query[headerBytes] ?? 0;
  const label = query.toString('latin1', headerBytes + 1, headerBytes + 1 + first).toLowerCase();
  return { label, type: query.readUInt16BE(at + 1), endsAt: at + 5 };
}

function replyTo(
  query: Buffer,
  questionEndsAt: number,
  { code, address }: { code: number; address: string | undefined },
): Buffer {
  const reply = Buffer.from(query.subarray(0, questionEndsAt));
  reply.writeUInt16BE(0x8580 | code, 2); // an authoritative answer
  reply.writeUInt16BE(1, 4);
  reply.writeUInt16BE(address === undefined ? 0 : 1, 6);
  reply.fill(0, 8, headerBytes);
  if (address === undefined) return reply;
  const record = [0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 5, 0, 4, ...address.split('.').map(Number)];
  return Buffer.concat([reply, Buffer.from(record)]);
}
