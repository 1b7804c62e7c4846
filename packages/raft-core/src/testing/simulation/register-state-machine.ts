/** The simulated application behind the state machine port: slow, and sure that a session's command comes only once. */
import type { Command, StateMachine } from '../../ports/state-machine.ts';
import type { WaitOptions } from '../../ports/log-store.ts';
import { commandIdOf, RegisterMachine } from './register-machine.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { hold } from './simulation-failure.ts';
import { SimulatedWaits } from './simulated-waits.ts';

export class RegisterStateMachine implements StateMachine {
  readonly #node: SimulatedNode;
  readonly #waits: SimulatedWaits;
  machine: RegisterMachine = new RegisterMachine();
  #applying = false;

  constructor(node: SimulatedNode) {
    this.#node = node;
    this.#waits = new SimulatedWaits(node);
  }

  async apply(commands: readonly Command[], { signal }: WaitOptions): Promise<readonly Uint8Array[]> {
    const { profile, random } = this.#node.world;
    hold(!this.#applying, 'S10', () => `O9: ${this.#node.uuid} applies twice at once`);
    this.#applying = true;
    await this.#waits.wait(profile.applyMs === 0 ? 0 : random.below(profile.applyMs + 1), signal);
    this.#applying = false;
    return commands.map((command) => Uint8Array.of(this.#apply(command) & 255));
  }

  snapshot(): AsyncIterable<Uint8Array> {
    const content = this.machine.encode(); // fixed now, not when it is read
    return chunksOf(content, this.#node.world.random.below(content.byteLength));
  }

  async restore(image: AsyncIterable<Uint8Array>): Promise<void> {
    const bytes: number[] = [];
    for await (const chunk of image) bytes.push(...chunk);
    this.machine = RegisterMachine.decode(Uint8Array.from(bytes));
    this.#node.world.oracle.applied(this.machine, this.#node.uuid);
  }

  #apply({ index, term, data }: Command): number {
    const { machine } = this;
    const { oracle } = this.#node.world;
    const { uuid } = this.#node;
    hold(index > machine.index, 'S10', () => `O9: ${uuid} applies ${index} after ${machine.index}`);
    const command = oracle.history.command(commandIdOf(data));
    machine.note(index, term);
    const again = machine.isLatest(command);
    hold(!again, 'client', () => `${uuid} applies command ${command.id} twice: its session should have answered`);
    const result = machine.apply(command);
    oracle.applied(machine, uuid);
    return result;
  }
}

async function* chunksOf(content: Uint8Array, middle: number): AsyncIterable<Uint8Array> {
  yield content.subarray(0, middle);
  yield content.subarray(middle);
}
