/**
 * One live connection to one peer: the control and replicate streams that this node dialled, after both hellos were
 * believed. Ends when either stream ends.
 */
import type { Client, ClientDuplexStream, MethodDefinition } from '@grpc/grpc-js';
import { type Hello, type Message, messageClass, type NodeId, RaftError, type SnapshotOffer } from '@k8sop/raft-core';
import type * as wire from './gen/k8sop/raft/v1/raft_pb.js';
import { errorOf } from './grpc-error.ts';
import { helloChanged } from './hello-registry.ts';
import { raftService } from './raft-service.ts';
import { StreamWriter } from './stream-writer.ts';
import {
  controlFrame,
  controlHello,
  type ControlMessage,
  helloOf,
  replicateFrame,
  replicateHello,
  type ReplicateMessage,
} from './wire-codec.ts';

/** What a frame costs beside its entries' data, roughly; the outbox bound need not be exact. */
const frameOverheadBytes = 64;
const replacing = new Set<Message['type']>(['heartbeat', 'heartbeatResponse']);

export interface ConnectionOptions {
  readonly id: NodeId;
  readonly ownHello: () => Hello;
  /** Throws when the peer's hello is not believed. */
  readonly accept: (hello: Hello) => void;
  readonly outboxBytes: number;
  /** Wait for connect and hellos, in ms. */
  readonly connectTimeoutMs: number;
}

type Stream<F> = ClientDuplexStream<F, F>;

export class PeerConnection {
  readonly #options: ConnectionOptions;
  readonly #client: Client;
  readonly #control: Stream<wire.ControlFrame>;
  readonly #replicate: Stream<wire.ReplicateFrame>;
  readonly #controlWriter: StreamWriter<wire.ControlFrame>;
  readonly #replicateWriter: StreamWriter<wire.ReplicateFrame>;
  #toldHello: Hello;
  /** Resolves with the reason once the connection is over. */
  readonly ended: Promise<string>;

  private constructor(
    client: Client,
    control: Stream<wire.ControlFrame>,
    replicate: Stream<wire.ReplicateFrame>,
    options: ConnectionOptions,
    toldHello: Hello,
  ) {
    this.#client = client;
    this.#control = control;
    this.#replicate = replicate;
    this.#options = options;
    this.#toldHello = toldHello;
    this.#controlWriter = new StreamWriter(control, options.outboxBytes);
    this.#replicateWriter = new StreamWriter(replicate, options.outboxBytes);
    this.ended = Promise.race([endOf(control), endOf(replicate)]);
  }

  /** @throws `RAFT_PEER_UNREACHABLE`, or `RAFT_WRONG_CLUSTER` when one side does not believe the other. */
  static async open(client: Client, options: ConnectionOptions, signal: AbortSignal): Promise<PeerConnection> {
    const hello = options.ownHello();
    const control = openStream(client, raftService.control);
    const replicate = openStream(client, raftService.replicate);
    const timeout = AbortSignal.timeout(options.connectTimeoutMs);
    const either = AbortSignal.any([signal, timeout]);
    try {
      control.write(controlHello(hello));
      replicate.write(replicateHello(hello));
      const [first] = await Promise.all([firstFrame(control, either), firstFrame(replicate, either)]);
      const theirs = helloOf(first.frame.case === 'hello' ? first.frame.value : undefined);
      if (theirs.id !== options.id) {
        throw new RaftError('RAFT_WRONG_CLUSTER', `the address of node ${options.id} answers as node ${theirs.id}`);
      }
      options.accept(theirs);
      return new PeerConnection(client, control, replicate, options, hello);
    } catch (error) {
      void endOf(control); // swallows the errors that cancelling causes
      void endOf(replicate);
      control.cancel();
      replicate.cancel();
      client.close();
      if (signal.aborted) throw signal.reason;
      if (timeout.aborted) {
        throw new RaftError(
          'RAFT_PEER_UNREACHABLE',
          `node ${options.id} did not answer within ${options.connectTimeoutMs} ms`,
        );
      }
      throw errorOf(options.id, error);
    }
  }

  get client(): Client {
    return this.#client;
  }

  /** False: dropped for want of room. */
  send(message: Exclude<Message, SnapshotOffer>): boolean {
    this.#tellChangedHello();
    if (isReplication(message)) {
      return this.#replicateWriter.push({
        frame: replicateFrame(message),
        sizeBytes: sizeOf(message),
        replaces: undefined,
        droppable: message.type === 'append',
      });
    }
    return this.#controlWriter.push({
      frame: controlFrame(message),
      sizeBytes: frameOverheadBytes,
      replaces: replacing.has(message.type) ? message.type : undefined,
      droppable: false,
    });
  }

  /** Lets queued frames leave, for `graceMs` at most, then closes. */
  async close(graceMs: number): Promise<void> {
    this.#control.end();
    this.#replicate.end();
    const timer = setTimeout(() => this.abort(), graceMs);
    await this.ended;
    clearTimeout(timer);
    this.abort();
  }

  abort(): void {
    this.#control.cancel();
    this.#replicate.cancel();
    this.#client.close();
  }

  #tellChangedHello(): void {
    const hello = this.#options.ownHello();
    if (!helloChanged(hello, this.#toldHello)) return;
    this.#toldHello = hello;
    const always = { sizeBytes: frameOverheadBytes, replaces: undefined, droppable: false };
    this.#controlWriter.push({ ...always, frame: controlHello(hello) });
    this.#replicateWriter.push({ ...always, frame: replicateHello(hello) });
  }
}

function isReplication(message: ControlMessage | ReplicateMessage): message is ReplicateMessage {
  return messageClass(message.type) === 'replicate';
}

function openStream<F>(client: Client, definition: MethodDefinition<F, F>): Stream<F> {
  return client.makeBidiStreamRequest(definition.path, definition.requestSerialize, definition.responseDeserialize);
}

function firstFrame<F>(stream: Stream<F>, signal: AbortSignal): Promise<F> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stream.once('data', resolve);
    stream.once('error', reject);
    stream.once('end', () => reject(new Error('the peer closed the stream')));
  });
}

/** Resolves with the reason when the stream is over; later errors are swallowed, the stream is gone. */
function endOf<F>(stream: Stream<F>): Promise<string> {
  return new Promise((resolve) => {
    stream.on('error', (error: Error) => resolve(error.message));
    stream.on('end', () => resolve('the peer closed the stream'));
    stream.on('close', () => resolve('the stream closed'));
    stream.on('data', () => {}); // nothing follows the hello; reading on notices the end
  });
}

function sizeOf(message: Message): number {
  if (message.type !== 'append') return frameOverheadBytes;
  return message.entries.reduce((sum, { data }) => sum + data.byteLength + 16, frameOverheadBytes);
}
