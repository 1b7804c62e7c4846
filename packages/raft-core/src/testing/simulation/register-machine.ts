/** The simulated application: a few registers, with one session per client so that retried commands count once. */

/** What a client asks for. `put` sets; `cas` sets when the register holds `expected`. */
export interface RegisterCommand {
  readonly id: number;
  readonly client: number;
  readonly sequence: number;
  readonly type: 'put' | 'cas';
  readonly key: number;
  readonly expected: number;
  readonly value: number;
}

const sizes = { keys: 4, clients: 8 } as const;

/** Number of registers. */
export const registerCount: number = sizes.keys;

/** Bytes of a command: its number. The catalogue of commands knows the rest. */
export function commandBytes(id: number): Uint8Array {
  return Uint8Array.of(id & 255, (id >>> 8) & 255, (id >>> 16) & 255, id >>> 24);
}

/** Number of a command, with or without what the driver wraps around it. */
export function commandIdOf(data: Uint8Array): number {
  const at = data.byteLength - 4;
  const low = (data[at] as number) | ((data[at + 1] as number) << 8);
  return low | ((data[at + 2] as number) << 16) | ((data[at + 3] as number) << 24);
}

export class RegisterMachine {
  readonly registers: Int32Array = new Int32Array(sizes.keys);
  readonly #sequences: Int32Array = new Int32Array(sizes.clients);
  readonly #results: Int32Array = new Int32Array(sizes.clients);
  /** Digest of every command applied, with its position; equal for equal histories. */
  digest = 0;
  /** Last applied index and its term. */
  index = 0;
  term = 0;
  /** True when the last command had been applied before. */
  repeated = false;

  /** The whole state as bytes. */
  encode(): Uint8Array {
    const numbers = [this.digest, this.index, this.term, ...this.registers, ...this.#sequences, ...this.#results];
    const view = new DataView(new ArrayBuffer(8 * numbers.length));
    for (const [i, number] of numbers.entries()) view.setFloat64(8 * i, number);
    return new Uint8Array(view.buffer);
  }

  /** A machine with an encoded state; without bytes, a fresh one. */
  static decode(bytes?: Uint8Array): RegisterMachine {
    const machine = new RegisterMachine();
    if (bytes === undefined) return machine;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const read = (i: number): number => view.getFloat64(8 * i);
    machine.digest = read(0);
    machine.index = read(1);
    machine.term = read(2);
    for (let i = 0; i < sizes.keys; i++) machine.registers[i] = read(3 + i);
    for (let i = 0; i < sizes.clients; i++) machine.#sequences[i] = read(3 + sizes.keys + i);
    for (let i = 0; i < sizes.clients; i++) machine.#results[i] = read(3 + sizes.keys + sizes.clients + i);
    return machine;
  }

  /** Takes note of an entry of any type. */
  note(index: number, term: number): void {
    this.index = index;
    this.term = term;
  }

  /** True for the command that this client's session took last. */
  isLatest({ client, sequence }: RegisterCommand): boolean {
    return this.#sequences[client] === sequence;
  }

  /** Applies a command: 1 when it took effect, 0 when a `cas` did not match, -1 when the session has moved on. */
  apply({ client, sequence, type, key, expected, value }: RegisterCommand): number {
    const last = this.#sequences[client] as number;
    this.repeated = sequence <= last;
    if (sequence === last) return this.#results[client] as number;
    if (sequence < last) return -1;
    const done = type === 'put' || this.registers[key] === expected;
    if (done) this.registers[key] = value;
    this.#sequences[client] = sequence;
    this.#results[client] = done ? 1 : 0;
    this.digest = Math.imul(this.digest ^ (this.index * 31 + this.term), 0x01000193);
    this.digest = Math.imul(this.digest ^ (done ? value : -value), 0x01000193) >>> 0;
    return done ? 1 : 0;
  }
}
