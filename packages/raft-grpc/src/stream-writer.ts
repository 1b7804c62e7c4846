/** Writes frames to one outgoing stream: at once while it takes them, through a bounded outbox while it does not. */
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { Outbox, type OutboxFrame } from './outbox.ts';

export class StreamWriter<F> {
  readonly #stream: ClientDuplexStream<F, F>;
  readonly #outbox: Outbox<F>;
  #blocked = false;

  constructor(stream: ClientDuplexStream<F, F>, limitBytes: number) {
    this.#stream = stream;
    this.#outbox = new Outbox<F>(limitBytes);
    stream.on('drain', () => this.#drain());
  }

  /** False: the frame was dropped because the outbox is full. */
  push(item: OutboxFrame<F>): boolean {
    if (this.#blocked) return this.#outbox.add(item);
    this.#blocked = !this.#stream.write(item.frame);
    return true;
  }

  #drain(): void {
    this.#blocked = false;
    const items = this.#outbox.take();
    for (const [i, item] of items.entries()) {
      if (!this.#stream.write(item.frame)) {
        this.#blocked = true;
        this.#outbox.putBack(items.slice(i + 1));
        return;
      }
    }
  }
}
