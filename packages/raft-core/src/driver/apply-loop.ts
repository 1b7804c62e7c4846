/** Applies committed entries in order and answers their proposers; also makes and restores images of the state. */
import type { Entry } from '../entry.ts';
import { RaftError } from '../errors.ts';
import { invariant } from '../invariant.ts';
import type { SnapshotSource, WaitOptions } from '../ports/log-store.ts';
import type { Command, StateMachine } from '../ports/state-machine.ts';
import { decodeEnvelope, type Session } from './command-envelope.ts';
import type { ProposalTracker } from './proposal-tracker.ts';
import { SessionTable } from './session-table.ts';

const nothing = new Uint8Array(0);
const readBytes = 64 * 1024;

/** An entry's answer: known now, the result at a position of the batch, or what an earlier try was answered. */
type Answer = { readonly entry: Entry } & (
  | { readonly known: Uint8Array | RaftError }
  | { readonly position: number; readonly session: Session | null }
  | { readonly repeated: Session }
);

export class ApplyLoop {
  readonly #stateMachine: StateMachine;
  readonly #proposals: ProposalTracker;
  readonly #sessions = new SessionTable();
  /** A block's sessions are noted and its commands not yet applied. */
  #between = false;

  constructor(stateMachine: StateMachine, proposals: ProposalTracker) {
    this.#stateMachine = stateMachine;
    this.#proposals = proposals;
  }

  /**
   * Applies a block; resolves when the state machine has taken all of it and proposers are answered. Nothing of it shows
   * in an image made before the call's turn is over.
   */
  async apply(entries: readonly Entry[], options: WaitOptions): Promise<void> {
    await Promise.resolve();
    this.#between = true;
    const commands: Command[] = [];
    const answers = entries.map((entry) => this.#plan(entry, commands));
    const results = commands.length === 0 ? [] : await this.#stateMachine.apply(commands, options);
    invariant(results.length === commands.length, 'the state machine answers each command', {
      commandCount: commands.length,
      resultCount: results.length,
    });
    for (const answer of answers) this.#answer(answer, results);
    this.#between = false;
  }

  /** The image of the state now: sessions first (`u32 length, bytes`), then the state machine's own chunks. */
  image(options: WaitOptions): AsyncIterable<Uint8Array> {
    invariant(!this.#between, 'an image is made between blocks');
    const sessions = this.#sessions.encode();
    const header = new Uint8Array(4 + sessions.byteLength);
    new DataView(header.buffer).setUint32(0, sessions.byteLength);
    header.set(sessions, 4);
    return concat(header, this.#stateMachine.snapshot(options));
  }

  /** Replaces sessions and state by a stored image. @throws `STORAGE_CORRUPT` when it is none. */
  async restore(source: SnapshotSource, options: WaitOptions): Promise<void> {
    const prefix = await readExactly(source, 0, 4, options);
    const sizeBytes = new DataView(prefix.buffer, prefix.byteOffset, 4).getUint32(0);
    if (sizeBytes + 4 > source.snapshot.sizeBytes) throw corrupt('session table is longer than the snapshot');
    const sessions = await readExactly(source, 4, sizeBytes, options);
    if (!this.#sessions.restore(sessions)) throw corrupt('session table does not decode');
    await this.#stateMachine.restore(chunksFrom(source, 4 + sizeBytes, options), options);
  }

  #plan(entry: Entry, commands: Command[]): Answer {
    if (entry.type !== 'command') return { entry, known: nothing };
    const envelope = decodeEnvelope(entry.data);
    if (envelope === undefined) return { entry, known: new RaftError('RAFT_INVALID_INPUT', 'command has no envelope') };
    const { session, payload } = envelope;
    if (session !== null) {
      const verdict = this.#sessions.admit(session);
      if (verdict.type === 'expired') return { entry, known: expired(session) };
      if (verdict.type === 'repeated') return { entry, repeated: session };
    }
    commands.push({ index: entry.index, term: entry.term, data: payload });
    return { entry, position: commands.length - 1, session };
  }

  #answer(answer: Answer, results: readonly Uint8Array[]): void {
    const { index, term } = answer.entry;
    if ('known' in answer) {
      this.#proposals.applied(index, term, answer.known);
      return;
    }
    if ('repeated' in answer) {
      this.#proposals.applied(index, term, this.#sessions.answerOf(answer.repeated));
      return;
    }
    const result = results[answer.position] as Uint8Array;
    if (answer.session !== null) this.#sessions.record(answer.session, result);
    this.#proposals.applied(index, term, result);
  }
}

function expired({ clientId, sequence }: Session): RaftError {
  return new RaftError('RAFT_SESSION_EXPIRED', `session ${clientId}: the answer to ${sequence} is no longer known`);
}

function corrupt(problem: string): RaftError {
  return new RaftError('STORAGE_CORRUPT', `snapshot does not restore: ${problem}`);
}

async function* concat(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield first;
  yield* rest;
}

async function* chunksFrom(source: SnapshotSource, offset: number, options: WaitOptions): AsyncIterable<Uint8Array> {
  let at = offset;
  while (at < source.snapshot.sizeBytes) {
    const chunk = await source.read(at, readBytes, options);
    if (chunk.byteLength === 0) throw corrupt(`it ends at ${at} of ${source.snapshot.sizeBytes} B`);
    at += chunk.byteLength;
    yield chunk;
  }
}

async function readExactly(
  source: SnapshotSource,
  offset: number,
  sizeBytes: number,
  options: WaitOptions,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  while (at < sizeBytes) {
    const chunk = await source.read(offset + at, sizeBytes - at, options);
    if (chunk.byteLength === 0) throw corrupt(`it ends at ${offset + at} B`);
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
