/** A small real DNS server on loopback (UDP, RFC 1035): answers from a table that the test changes while it runs. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export type DnsAnswer = { addresses?: string[]; services?: { target: string; port: number }[] };

export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:port`, as `dnsResolver({ servers })` takes it. */
  readonly address: string;
  /** Names answered, newest last. */
  readonly asked: string[];
  readonly names: Map<string, DnsAnswer>;
  /** What every query gets: the table, SERVFAIL, or silence. */
  mode: 'table' | 'servfail' | 'silent';
}

const types = { a: 1, srv: 33 };

export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const server: DnsServer = {
    address: '',
    asked: [],
    names: new Map(),
    mode: 'table',
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (query, from) => {
    const { name, type, end } = question(query);
    server.asked.push(name);
    if (server.mode === 'silent') return;
    const records = server.mode === 'servfail' ? undefined : recordsOf(server.names.get(name), type);
    socket.send(response(query, end, records), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return Object.assign(server, { address: `127.0.0.1:${socket.address().port}` });
}

function question(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('ascii', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function recordsOf(answer: DnsAnswer | undefined, type: number): Buffer[] | undefined {
  if (!answer) return undefined;
  if (type === types.a) return (answer.addresses ?? []).map((address) => Buffer.from(address.split('.').map(Number)));
  if (type === types.srv) return (answer.services ?? []).map(({ target, port }) => srv(target, port));
  return [];
}

function srv(target: string, port: number): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(port, 4);
  return Buffer.concat([head, encodeName(target)]);
}

function encodeName(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label, 'ascii')])),
    Buffer.from([0]),
  ]);
}

/** No records at all (`undefined`) is SERVFAIL; an empty list says that the name has none of that type. */
function response(query: Buffer, end: number, records: Buffer[] | undefined): Buffer {
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(records === undefined ? 0x8182 : 0x8180, 2);
  header.writeUInt16BE(records?.length ?? 0, 6);
  header.writeUInt32BE(0, 8);
  const type = query.subarray(end - 4, end - 2);
  const answers = (records ?? []).map((data) => {
    const fixed = Buffer.from([0xc0, 12, ...type, 0, 1, 0, 0, 0, 1, 0, 0]);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([header, query.subarray(12, end), ...answers]);
}
