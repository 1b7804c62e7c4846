/** A `StateMachine` that remembers all commands in order: equal histories are equal states. */
import type { Command, StateMachine } from '../ports/state-machine.ts';

export class MemoryStateMachine implements StateMachine {
  /** Applied commands, oldest first. */
  readonly commands: Uint8Array[] = [];

  /** Answers each command with its position, one byte per 7 bits. */
  async apply(commands: readonly Command[]): Promise<readonly Uint8Array[]> {
    return commands.map(({ data }) => {
      this.commands.push(data.slice());
      return Uint8Array.of(this.commands.length % 128);
    });
  }

  snapshot(): AsyncIterable<Uint8Array> {
    return framed([...this.commands]);
  }

  async restore(image: AsyncIterable<Uint8Array>): Promise<void> {
    const bytes: number[] = [];
    for await (const chunk of image) for (const byte of chunk) bytes.push(byte);
    this.commands.length = 0;
    let at = 0;
    while (at < bytes.length) {
      const end = at + 3 + (bytes[at] as number) * 65536 + (bytes[at + 1] as number) * 256 + (bytes[at + 2] as number);
      this.commands.push(Uint8Array.from(bytes.slice(at + 3, end)));
      at = end;
    }
  }
}

async function* framed(commands: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  for (const command of commands) {
    const size = command.byteLength;
    yield Uint8Array.of(size >> 16, (size >> 8) & 255, size & 255, ...command);
  }
}
