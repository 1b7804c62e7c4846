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

/** Bytes of a command: its number. The catalogue knows the rest. */
export function commandBytes(id: number): Uint8Array {
  return Uint8Array.of(id & 255, (id >>> 8) & 255, (id >>> 16) & 255, id >>> 24);
}

/** Number of a command. */
export function commandIdOf(data: Uint8Array): number {
  return (data[0] as number) | ((data[1] as number) << 8) | ((data[2] as number) << 16) | ((data[3] as number) << 24);
}

export class RegisterMachine {
  readonly registers: Int32Array = new Int32Array(sizes.keys);
  readonly #sequences: Int32Array = new Int32Array(sizes.clients);
  readonly #results: Int32Array = new Int32Array(sizes.clients);
  /** Digest of everything applied; equal for equal histories. */
  digest = 0;
  /** Last applied index and its term. */
  index = 0;
  term = 0;
  /** True when the last command had been applied before. */
  repeated = false;

  /** An independent copy. */
  copy(): RegisterMachine {
    const copy = new RegisterMachine();
    copy.registers.set(this.registers);
    copy.#sequences.set(this.#sequences);
    copy.#results.set(this.#results);
    copy.digest = this.digest;
    copy.index = this.index;
    copy.term = this.term;
    return copy;
  }

  /** Takes note of an entry of any type. */
  note(index: number, term: number): void {
    this.index = index;
    this.term = term;
    this.digest = Math.imul(this.digest ^ (index * 31 + term), 0x01000193) >>> 0;
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
    this.digest = Math.imul(this.digest ^ (done ? value : -value), 0x01000193) >>> 0;
    return done ? 1 : 0;
  }
}
