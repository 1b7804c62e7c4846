/** An HTTP proxy that only tunnels (`CONNECT`), remembers whereto, and counts clients that reset their connection. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export class ConnectProxy implements AsyncDisposable {
  readonly targets: string[] = [];
  readonly #server: Server = createServer();
  readonly #sockets = new Set<Socket>();
  #resetCount = 0;

  static async start(): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.#server.on('connect', (request, socket: Socket) => proxy.#tunnel(request.url ?? '', socket));
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Tunnels that the client reset instead of closing them. */
  get resetCount(): number {
    return this.#resetCount;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #tunnel(target: string, inbound: Socket): void {
    this.targets.push(target);
    inbound.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.#resetCount += 1;
    });
    const { hostname, port } = new URL(`http://${target}`);
    const outbound = connect(Number(port), hostname, () => {
      inbound.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      inbound.pipe(outbound).pipe(inbound);
    });
    for (const socket of [inbound, outbound]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
    }
  }
}
