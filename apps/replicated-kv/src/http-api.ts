/**
 * What clients use. Writes and reads are linearizable and answered by the leader; any other node redirects to it.
 *
 *     PUT /kv/KEY            body: the value
 *     GET /kv/KEY            404 when there is none
 *     POST /kv/KEY/cas       {"expected": "…" or null, "value": "…" or null} → {"changed": true}
 *     GET /status
 *     POST /members/ID       a learner that has caught up becomes a voter
 *     DELETE /members/ID
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type ChangeStep, isRaftError, memberOf, type NodeId, type RaftDriver } from '@k8sop/raft-core';
import { decode, encode, type KvCommand, type KvStore } from './kv-store.ts';
import type { NodeAddress } from './options.ts';

const maxBodyBytes = 256 * 1024;
const answerWithinMs = 5_000;

export interface HttpApiOptions {
  readonly driver: RaftDriver;
  readonly store: KvStore;
  readonly addresses: ReadonlyMap<NodeId, NodeAddress>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export function createHttpApi(options: HttpApiOptions): Server {
  return createServer((request, response) => {
    void answer(options, request).then(
      (result) => write(response, result),
      (error: unknown) => write(response, failure(options, request, error)),
    );
  });
}

async function answer(options: HttpApiOptions, request: IncomingMessage): Promise<Answer> {
  const path = new URL(request.url ?? '/', 'http://node').pathname;
  const [, area = '', name = '', action = ''] = path.split('/').map(decodeURIComponent);
  const route = `${request.method} ${area}${action === '' ? '' : `/${action}`}`;
  const body = await read(request);
  switch (route) {
    case 'GET status':
      return { status: 200, body: statusOf(options) };
    case 'GET kv': {
      await options.driver.readIndex({ signal: AbortSignal.timeout(answerWithinMs) });
      const value = options.store.get(name);
      return value === undefined ? { status: 404, body: { error: `no key "${name}"` } } : { status: 200, body: value };
    }
    case 'PUT kv':
      await propose(options.driver, { op: 'put', key: name, value: body });
      return { status: 204 };
    case 'POST kv/cas':
      return { status: 200, body: { changed: await propose(options.driver, casOf(name, body)) } };
    case 'POST members':
    case 'DELETE members':
      return await changeMember(options.driver, Number(name), request.method === 'POST');
    default:
      return { status: 404, body: { error: `no route ${request.method} ${path}` } };
  }
}

async function propose(driver: RaftDriver, command: KvCommand): Promise<unknown> {
  const { result } = await driver.propose(encode(command), { signal: AbortSignal.timeout(answerWithinMs) });
  return decode(result);
}

function casOf(key: string, body: string): KvCommand {
  const { expected, value } = JSON.parse(body) as { expected?: unknown; value?: unknown };
  for (const [field, given] of Object.entries({ expected, value })) {
    if (given !== null && typeof given !== 'string') throw new SyntaxError(`"${field}" must be a string or null`);
  }
  return { op: 'cas', key, expected: expected as string | null, value: value as string | null };
}

async function changeMember(driver: RaftDriver, id: NodeId, add: boolean): Promise<Answer> {
  const member = memberOf(driver.status().configuration, id);
  if (member === undefined) return { status: 404, body: { error: `node ${id} is no member; start it with --join` } };
  const step: ChangeStep = add ? { type: 'addVoter', member } : { type: 'remove', id };
  await driver.changeConfiguration(
    { transition: 'auto', steps: [step] },
    { signal: AbortSignal.timeout(answerWithinMs) },
  );
  return { status: 204 };
}

function statusOf({ driver, store }: HttpApiOptions): unknown {
  const { id, role, term, leaderId, commit, configuration } = driver.status();
  const ids = (members: readonly { id: NodeId }[]): NodeId[] => members.map((member) => member.id);
  return {
    id,
    role,
    term,
    leader: leaderId,
    commit,
    keys: store.size,
    voters: ids(configuration.voters),
    learners: ids(configuration.learners),
  };
}

function failure({ addresses, driver }: HttpApiOptions, request: IncomingMessage, error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SyntaxError) return { status: 400, body: { error: message } };
  if (isRaftError(error, 'RAFT_NOT_LEADER')) {
    const leader = addresses.get(error.leaderId);
    if (leader === undefined || error.leaderId === driver.status().id)
      return { status: 503, body: { error: 'no leader now; try again' } };
    return { status: 307, headers: { location: `http://${leader.host}:${leader.httpPort}${request.url}` } };
  }
  if (isRaftError(error, 'RAFT_CHANGE_REFUSED')) return { status: 409, body: { error: message } };
  return { status: 503, body: { error: message } };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBodyBytes) throw new SyntaxError(`the body is larger than ${maxBodyBytes} B`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function write(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const text = body === undefined ? '' : typeof body === 'string' ? `${body}\n` : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain' : 'application/json',
    ...headers,
  });
  response.end(text);
}
