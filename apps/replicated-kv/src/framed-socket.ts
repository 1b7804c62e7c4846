/** JSON frames over TCP: 4 bytes of length, then text. A frame that is too long or no JSON ends the connection. */
import type { Socket } from 'node:net';

const maxFrameBytes = 8 * 1024 * 1024;

export class FramedSocket {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, onFrame: (frame: unknown) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#read(bytes, onFrame));
    socket.on('error', () => {}); // followed by 'close', which everybody listens to
  }

  /** Resolves when the connection is over, for whatever reason. */
  get closed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) resolve();
      else this.#socket.once('close', () => resolve());
    });
  }

  /** Bytes that the other side has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  send(frame: unknown): void {
    if (this.#socket.destroyed) return;
    const text = Buffer.from(JSON.stringify(frame, bytesToText));
    const head = Buffer.alloc(4);
    head.writeUInt32BE(text.byteLength);
    this.#socket.cork();
    this.#socket.write(head);
    this.#socket.write(text);
    this.#socket.uncork();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer, onFrame: (frame: unknown) => void): void {
    let rest = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    try {
      while (rest.byteLength >= 4) {
        const length = rest.readUInt32BE(0);
        if (length > maxFrameBytes) throw new Error(`frame of ${length} B`);
        if (rest.byteLength < 4 + length) break;
        onFrame(JSON.parse(rest.toString('utf8', 4, 4 + length), textToBytes));
        rest = rest.subarray(4 + length);
      }
      this.#rest = rest;
    } catch {
      this.destroy(); // garbage never reaches the core
    }
  }
}

function bytesToText(this: unknown, key: string, value: unknown): unknown {
  const raw = (this as Record<string, unknown>)[key]; // before Buffer's own toJSON
  return raw instanceof Uint8Array ? { base64: Buffer.from(raw).toString('base64') } : value;
}

function textToBytes(_key: string, value: unknown): unknown {
  const text = (value as { base64?: unknown } | null)?.base64;
  return typeof text === 'string' ? new Uint8Array(Buffer.from(text, 'base64')) : value;
}
