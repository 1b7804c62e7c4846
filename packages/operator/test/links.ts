/** TCP links between replicas, each through a proxy of this process, so that a replica can be cut off from the others. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Links implements AsyncDisposable {
  readonly #ports: readonly number[];
  readonly #proxies = new Map<string, Server>();
  readonly #sockets = new Set<{ readonly from: number; readonly to: number; readonly socket: Socket }>();
  readonly #cut = new Set<number>();

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  /** @param ports where each replica listens. */
  static async open(ports: readonly number[]): Promise<Links> {
    const links = new Links(ports);
    for (const from of ports.keys()) for (const to of ports.keys()) await links.#proxy(from, to);
    return links;
  }

  /** What a replica needs to reach the others over its links. */
  env(ordinal: number): Readonly<Record<string, string>> {
    const portTo = (to: number): number | undefined =>
      (this.#proxies.get(`${ordinal}>${to}`)?.address() as AddressInfo | undefined)?.port;
    const peers = [...this.#ports.keys()].map((to) => `${to}=127.0.0.1:${portTo(to)}`).join(',');
    return { K8SOP_RAFT_PEERS: peers, K8SOP_RAFT_PORT: String(this.#ports[ordinal]) };
  }

  /** Nothing passes from or to this replica any more. */
  cut(ordinal: number): void {
    this.#cut.add(ordinal);
    for (const { from, to, socket } of this.#sockets) if (from === ordinal || to === ordinal) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { socket } of this.#sockets) socket.destroy();
    const closed = [...this.#proxies.values()].map((proxy) => once(proxy, 'close'));
    for (const proxy of this.#proxies.values()) proxy.close();
    await Promise.all(closed);
  }

  async #proxy(from: number, to: number): Promise<void> {
    const proxy = createServer((near) => {
      if (this.#cut.has(from) || this.#cut.has(to)) return void near.destroy();
      const far = connect(this.#ports[to] ?? 0, '127.0.0.1');
      this.#join(from, to, near, far);
      this.#join(from, to, far, near);
    });
    this.#proxies.set(`${from}>${to}`, proxy);
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
  }

  #join(from: number, to: number, socket: Socket, other: Socket): void {
    const entry = { from, to, socket };
    this.#sockets.add(entry);
    socket.pipe(other);
    socket.on('error', () => {}); // its end follows
    socket.on('close', () => {
      this.#sockets.delete(entry);
      other.destroy();
    });
  }
}
