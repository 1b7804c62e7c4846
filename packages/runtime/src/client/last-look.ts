/**
 * The last look at a request before its bytes go to the kernel, in the socket itself.
 *
 * A process may be frozen anywhere, and goes on where it stood: what it looked at before may be long over. The fewer
 * instructions lie between the look and the system call, the fewer freezes fall there. undici starts a request and writes
 * it in one go, so whoever starts one announces who looks, and the next write of any watched socket is that request's.
 */
import type { Socket } from 'node:net';

/** Calls `write`, which gives the bytes to the kernel, or throws to keep them: nothing of the request has left then. */
export type HandOver = (write: () => void) => void;

interface WriteChunk {
  readonly chunk: unknown;
  readonly encoding: BufferEncoding;
}

export class LastLook {
  #next: HandOver | undefined;

  /** Of the request that is about to be written. Undefined: nobody looks. */
  announce(handOver: HandOver | undefined): void {
    this.#next = handOver;
  }

  /** From now on, what is written to this socket is looked at first. What a look throws is thrown by the write. */
  watch(socket: Socket): void {
    const write = socket._write.bind(socket);
    const writeMany = socket._writev?.bind(socket);
    socket._write = (chunk, encoding, done) => {
      const handOver = this.#take();
      if (handOver === undefined) write(chunk, encoding, done);
      else handOver(() => write(chunk, encoding, done));
    };
    socket._writev = (chunks, done) => {
      const handOver = this.#take();
      if (handOver === undefined) {
        writeMany?.(chunks, done);
        return;
      }
      const bytes = joined(chunks); // before the look: what is done later takes time
      handOver(() => write(bytes, 'buffer' as BufferEncoding, done));
    };
  }

  #take(): HandOver | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }
}

function joined(chunks: readonly WriteChunk[]): Buffer {
  return Buffer.concat(
    chunks.map(({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Buffer))),
  );
}
