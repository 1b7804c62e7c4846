/** A TCP proxy that counts connections and can fall silent, as a dead network does. */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class SocketProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connectionCount = 0;
  #resetCount = 0;

  private constructor(targetPort: number) {
    this.#server = createServer((inbound) => this.#join(inbound, connect(targetPort, '127.0.0.1')));
  }

  static async start(targetPort: number): Promise<SocketProxy> {
    const proxy = new SocketProxy(targetPort);
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections accepted so far. */
  get connectionCount(): number {
    return this.#connectionCount;
  }

  /** Connections that the client reset instead of closing them. */
  get resetCount(): number {
    return this.#resetCount;
  }

  /** Connections open now. */
  get openCount(): number {
    return this.#sockets.size / 2;
  }

  /** What is connected now stays connected, but no byte passes any more. New connections work. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.removeAllListeners('data');
      socket.pause();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #join(inbound: Socket, outbound: Socket): void {
    this.#connectionCount += 1;
    inbound.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.#resetCount += 1;
    });
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.#sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
