/** A small real DNS server on loopback (UDP and TCP, RFC 1035): answers from a table that the test changes while it runs. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket as TcpSocket } from 'node:net';

export type DnsAnswer = { addresses?: string[]; services?: { target: string; port: number }[] };

export interface DnsServer extends AsyncDisposable {
  /** `127.0.0.1:port`, as `dnsResolver({ servers })` takes it. */
  readonly address: string;
  /** Names answered, newest last. */
  readonly asked: string[];
  readonly names: Map<string, DnsAnswer>;
  /** What every query gets: the table, an error, or silence. A name that the table lacks has NXDOMAIN. */
  mode: 'table' | 'servfail' | 'nxdomain' | 'refused' | 'silent';
  /** Answers over UDP say that they were cut off, and hold nothing. */
  truncates: boolean;
  /** So many of the next queries over UDP are lost. */
  loses: number;
  /** Queries that came over TCP. */
  overTcp: number;
}

const types = { a: 1, srv: 33 };
const codes = { servfail: 2, nxdomain: 3, refused: 5 };
const truncated = 0x0200;

export async function startDnsServer(): Promise<DnsServer> {
  const tcp = createServer();
  const socket = createSocket('udp4');
  const server: DnsServer = {
    address: '',
    asked: [],
    names: new Map(),
    mode: 'table',
    truncates: false,
    loses: 0,
    overTcp: 0,
    async [Symbol.asyncDispose]() {
      socket.close();
      tcp.close();
      await Promise.all([once(socket, 'close'), once(tcp, 'close')]);
    },
  };
  socket.on('message', (query, from) => {
    const answer = answerTo(server, query);
    if (server.loses > 0) server.loses -= 1;
    else if (answer !== undefined) {
      socket.send(server.truncates ? cutOff(query, answer) : answer, from.port, from.address);
    }
  });
  tcp.on('connection', (client) => serveTcp(server, client));
  const port = await listen(tcp, socket);
  return Object.assign(server, { address: `127.0.0.1:${port}` });
}

/** One port for both; a port that only one of them gets is tried no second time. */
async function listen(tcp: Server, udp: ReturnType<typeof createSocket>): Promise<number> {
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { port } = tcp.address() as AddressInfo;
  udp.bind(port, '127.0.0.1');
  await once(udp, 'listening');
  return port;
}

/** RFC 1035 §4.2.2: each message follows its length. */
function serveTcp(server: DnsServer, client: TcpSocket): void {
  let held = Buffer.alloc(0);
  client.on('error', () => {}); // the client went away
  client.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      const answer = answerTo(server, held.subarray(2, end));
      held = held.subarray(end);
      server.overTcp += 1;
      if (answer === undefined) return;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      client.write(Buffer.concat([length, answer]));
    }
  });
}

function answerTo(server: DnsServer, query: Buffer): Buffer | undefined {
  const { name, type, end } = question(query);
  server.asked.push(name);
  if (server.mode === 'silent') return undefined;
  if (server.mode !== 'table') return response(query, end, [], codes[server.mode]);
  const answer = server.names.get(name);
  return answer === undefined
    ? response(query, end, [], codes.nxdomain)
    : response(query, end, recordsOf(answer, type));
}

/** The answer's head and question, with the bit that says that the rest did not fit. */
function cutOff(query: Buffer, answer: Buffer): Buffer {
  const short = Buffer.from(answer.subarray(0, question(query).end));
  short.writeUInt16BE(short.readUInt16BE(2) | truncated, 2);
  short.writeUInt16BE(0, 6);
  return short;
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

function recordsOf(answer: DnsAnswer, type: number): Buffer[] {
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

/** No record without an error code says that the name exists and has none of that type. */
function response(query: Buffer, end: number, records: Buffer[], code = 0): Buffer {
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  const type = query.subarray(end - 4, end - 2);
  const answers = records.map((data) => {
    const fixed = Buffer.from([0xc0, 12, ...type, 0, 1, 0, 0, 0, 1, 0, 0]);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([header, query.subarray(12, end), ...answers]);
}
