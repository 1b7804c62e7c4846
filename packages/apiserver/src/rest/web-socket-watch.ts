/** Watches over WebSocket: the same events as over HTTP, one text message each. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WatchHub } from '../watch/watch-hub.ts';
import type { ApiHandler } from './api-handler.ts';
import type { BodyReply, WatchReply } from './api-reply.ts';
import type { Credentials } from './authenticator.ts';
import { parseRequest, type RequestInfo } from './request-info.ts';

/** Browsers can't set headers on a WebSocket, so Kubernetes takes the token as a subprotocol. */
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';
const maxMessageBytes = 64 * 1024;

export interface Upgrade {
  readonly info: RequestInfo;
  readonly user: string;
  /** HTTP status: 101 when the WebSocket is open. */
  readonly code: number;
}

export class WebSocketWatch {
  readonly #handler: ApiHandler;
  readonly #watches: WatchHub;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    handleProtocols: (offered) => [...offered].find((name) => !name.startsWith(tokenProtocol)) ?? false,
  });

  constructor(handler: ApiHandler, watches: WatchHub) {
    this.#handler = handler;
    this.#watches = watches;
  }

  /** Answers an upgrade request: opens the stream of a watch, refuses everything else in plain HTTP. */
  upgrade(request: IncomingMessage, socket: Socket, head: Buffer, certificate: Credentials['certificate']): Upgrade {
    socket.on('error', () => undefined);
    const info = parseRequest(request.method ?? 'GET', request.url ?? '/');
    const authorization = request.headers.authorization ?? tokenOf(request);
    const headers = { ...request.headers, ...(authorization === undefined ? {} : { authorization }) };
    const { user, reply } = this.#handler.handle({ info, headers, body: Buffer.alloc(0), certificate });
    if (reply.type === 'body') {
      refuse(socket, reply);
      return { info, user: user.name, code: reply.status };
    }
    this.#open(request, socket, head, reply, info);
    return { info, user: user.name, code: 101 };
  }

  #open(request: IncomingMessage, socket: Socket, head: Buffer, reply: WatchReply, info: RequestInfo): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const handle = this.#watches.open(
        reply.subject,
        reply.start,
        {
          send: (lines) => {
            for (const line of lines) webSocket.send(line);
          },
          unsentBytes: () => webSocket.bufferedAmount,
          end: () => webSocket.close(1000),
          destroy: () => webSocket.terminate(),
        },
        info,
      );
      webSocket.on('close', () => handle.release());
      webSocket.on('error', () => webSocket.terminate());
    });
  }
}

function tokenOf({ headers }: IncomingMessage): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const encoded = offered.find((name) => name.startsWith(tokenProtocol))?.slice(tokenProtocol.length);
  return encoded === undefined ? undefined : `Bearer ${Buffer.from(encoded, 'base64url').toString()}`;
}

function refuse(socket: Socket, reply: BodyReply): void {
  const body = Buffer.from(reply.body);
  socket.end(
    `HTTP/1.1 ${reply.status} \r\ncontent-type: ${reply.contentType ?? 'text/plain'}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body.toString()}`,
  );
}
