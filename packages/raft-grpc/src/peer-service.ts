/**
 * The accepting side: believes a stream's hello or closes it, then hands each message to the core with the identity that
 * the hello attested. A malformed frame ends its stream and never reaches the core.
 */
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type {
  handleBidiStreamingCall,
  handleUnaryCall,
  ServerDuplexStream,
  ServerUnaryCall,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Hello, type Message, type NodeId, RaftError, type TransportHandler } from '@k8sop/raft-core';
import type * as wire from './gen/k8sop/raft/v1/raft_pb.js';
import { malformed, statusOf } from './grpc-error.ts';
import type { HelloRegistry } from './hello-registry.ts';
import { receiveSnapshot } from './snapshot-receiver.ts';
import {
  controlHello,
  controlMessage,
  type Ends,
  helloOf,
  identifyResponse,
  joinRequest,
  joinResponse,
  replicateHello,
  replicateMessage,
} from './wire-codec.ts';

export interface PeerServiceOptions {
  readonly handler: TransportHandler;
  readonly hellos: HelloRegistry;
  /** With mutual TLS: the name that the certificate of a node must carry. */
  readonly certificateName: ((id: NodeId) => string) | undefined;
  readonly problem: (message: string) => void;
  /** Told of each node whose hello was believed: it is there. */
  readonly heard: (id: NodeId) => void;
  /** True once this side has closed: nobody is called any more. */
  readonly closed: () => boolean;
}

export interface RaftServiceHandlers extends UntypedServiceImplementation {
  readonly control: handleBidiStreamingCall<wire.ControlFrame, wire.ControlFrame>;
  readonly replicate: handleBidiStreamingCall<wire.ReplicateFrame, wire.ReplicateFrame>;
  readonly snapshot: handleBidiStreamingCall<wire.SnapshotFrame, wire.SnapshotProgress>;
  readonly identify: handleUnaryCall<wire.IdentifyRequest, wire.IdentifyResponse>;
  readonly join: handleUnaryCall<wire.JoinRequest, wire.JoinResponse>;
}

export function peerService(options: PeerServiceOptions): RaftServiceHandlers {
  const { handler } = options;
  return {
    control: (call) => serveMessages(options, call, controlMessage, controlHello),
    replicate: (call) => serveMessages(options, call, replicateMessage, replicateHello),
    snapshot: (call) => {
      call.on('error', () => {}); // the reader below sees the end of the stream
      receiveSnapshot(call, handler, (hello) => acceptHello(options, call, hello)).then(
        () => call.end(),
        (error: unknown) => call.emit('error', asStatus(error)), // grpc-js answers with the error's status
      );
    },
    identify: (_call, answer) => {
      try {
        answer(null, identifyResponse(handler.identify()));
      } catch (error) {
        answer(statusOf(error));
      }
    },
    join: (call, answer) => {
      const asked = async (): Promise<wire.JoinResponse> => {
        const request = joinRequest(call.request);
        assertCertificate(options, call, request.member.id);
        return joinResponse(await handler.join(request));
      };
      asked().then(
        (response) => answer(null, response),
        (error: unknown) => answer(statusOf(error)),
      );
    },
  };
}

/** A stream that says nothing for this long is somebody else's. */
const helloTimeoutMs = 5_000;

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getAuthContext'>;
type MessageFrame = wire.ControlFrame | wire.ReplicateFrame;

function serveMessages<F extends MessageFrame>(
  options: PeerServiceOptions,
  call: ServerDuplexStream<F, F>,
  decode: (frame: F, ends: Ends) => Message,
  answer: (hello: Hello) => F,
): void {
  const { handler } = options;
  let hello: Hello | undefined;
  let over = false;
  const silence = setTimeout(() => {
    end('no hello');
    call.emit('error', asStatus(malformed(`no hello within ${helloTimeoutMs} ms`)));
  }, helloTimeoutMs);
  const end = (reason: string): void => {
    if (over) return;
    over = true;
    clearTimeout(silence);
    if (hello !== undefined && !options.closed()) handler.peerUnreachable(hello.id, reason);
  };
  call.on('data', (frame: F) => {
    if (over || options.closed()) return;
    try {
      if (frame.frame.case === 'hello' || hello === undefined) {
        const theirs = acceptHello(options, call, frame.frame.case === 'hello' ? frame.frame.value : undefined);
        if (hello !== undefined && hello.uuid !== theirs.uuid) throw malformed('a hello of another node on one stream');
        if (hello === undefined) call.write(answer(handler.hello()));
        hello = theirs;
        clearTimeout(silence);
        return;
      }
      options.hellos.assertCurrent(hello);
      handler.receive(decode(frame, { from: hello.id, to: handler.hello().id }), hello);
    } catch (error) {
      end((error as Error).message);
      call.emit('error', asStatus(error)); // grpc-js answers with the error's status
    }
  });
  call.on('end', () => {
    end('the peer closed its stream');
    call.end();
  });
  call.on('cancelled', () => end('the peer cancelled its stream'));
  call.on('error', (error: Error) => end(error.message));
}

/** @throws `RAFT_WRONG_CLUSTER`, `RAFT_STORAGE_CLONED` or `RAFT_PEER_UNTRUSTED` with the broken rule, after telling it to whoever watches problems. */
function acceptHello(options: PeerServiceOptions, call: Call, frame: wire.Hello | undefined): Hello {
  const { handler, hellos, problem, heard } = options;
  const theirs = helloOf(frame);
  try {
    assertCertificate(options, call, theirs.id);
    hellos.accept(handler.hello(), theirs);
  } catch (error) {
    problem((error as Error).message);
    throw error;
  }
  handler.peerConnected(theirs);
  heard(theirs.id);
  return theirs;
}

/** With mutual TLS a node is who its certificate says, not who it claims to be. @throws `RAFT_PEER_UNTRUSTED`. */
function assertCertificate({ certificateName }: PeerServiceOptions, call: Call, id: NodeId): void {
  if (certificateName === undefined) return;
  const name = certificateName(id);
  const certificate = call.getAuthContext()?.sslPeerCertificate as PeerCertificate | undefined;
  const mismatch = certificate === undefined || checkServerIdentity(name, certificate);
  const shown = certificate === undefined ? 'shows none' : `shows one for ${certificate.subjectaltname ?? 'no name'}`;
  if (mismatch !== undefined) {
    throw new RaftError(
      'RAFT_PEER_UNTRUSTED',
      `node ${id} must show a certificate for ${name}, and ${shown}: issue one for that name`,
    );
  }
}

function asStatus(error: unknown): Error {
  return Object.assign(new Error((error as Error).message), statusOf(error));
}
