/** What the cluster has committed, once and for all: the yardstick for logs, applied states and clients' answers. */
import { decodeConfiguration, type Configuration } from '../../configuration.ts';
import type { Entry } from '../../entry.ts';
import type { LogIndex, Term } from '../../ids.ts';
import { commandIdOf, RegisterMachine, registerCount, type RegisterCommand } from './register-machine.ts';
import { hold } from './simulation-failure.ts';

/** When and how a client's command took effect. */
export interface CommandEffect {
  readonly index: LogIndex;
  readonly result: number;
}

interface CommittedEntry {
  readonly entry: Entry;
  /** Term of the leader that committed it. */
  readonly commitTerm: Term;
  /** State digest after it. */
  readonly digest: number;
}

export class CommittedHistory {
  readonly #commands: RegisterCommand[] = [];
  readonly #entries: CommittedEntry[] = [];
  readonly #machine = new RegisterMachine();
  readonly #effects = new Map<string, CommandEffect>();
  readonly #values: { readonly index: LogIndex; readonly value: number }[][] = Array.from(
    { length: registerCount },
    () => [],
  );
  /** Commands that were committed again and had no effect. */
  repeatedCount = 0;
  /** Latest committed configuration and its index. */
  configuration: Configuration | null = null;
  configurationIndex: LogIndex = 0;

  get lastIndex(): LogIndex {
    return this.#entries.length;
  }

  /** Gives a client's command its number. */
  register(command: Omit<RegisterCommand, 'id'>): RegisterCommand {
    const numbered = { ...command, id: this.#commands.length };
    this.#commands.push(numbered);
    return numbered;
  }

  command(id: number): RegisterCommand {
    const command = this.#commands[id];
    hold(command !== undefined, 'client', () => `command ${id} was never proposed`);
    return command;
  }

  committed(index: LogIndex): CommittedEntry | undefined {
    return this.#entries[index - 1];
  }

  /** Takes an entry that a node holds committed: new, or equal to what is known (S6). True when it was new. */
  take(entry: Entry, commitTerm: Term, who: string): boolean {
    const known = this.#entries[entry.index - 1];
    if (known !== undefined) {
      const same = known.entry.term === entry.term && known.entry.type === entry.type && sameBytes(known.entry, entry);
      hold(same, 'S6', () => `${who} committed ${entry.index}/${entry.term}, known is term ${known.entry.term}`);
      return false;
    }
    const { lastIndex } = this;
    hold(entry.index === lastIndex + 1, 'S6', () => `${who} committed ${entry.index}, known ends at ${lastIndex}`);
    this.#apply(entry);
    this.#entries.push({ entry, commitTerm, digest: this.#machine.digest });
    return true;
  }

  effect(client: number, sequence: number): CommandEffect | undefined {
    return this.#effects.get(`${client}/${sequence}`);
  }

  /** A register's value after `index`. */
  valueAt(key: number, index: LogIndex): number {
    const versions = this.#values[key] as { readonly index: LogIndex; readonly value: number }[];
    for (let i = versions.length - 1; i >= 0; i--) {
      const version = versions[i] as { readonly index: LogIndex; readonly value: number };
      if (version.index <= index) return version.value;
    }
    return 0;
  }

  #apply(entry: Entry): void {
    this.#machine.note(entry.index, entry.term);
    if (entry.type === 'configuration') {
      this.configuration = decodeConfiguration(entry.data) ?? null;
      this.configurationIndex = entry.index;
      hold(this.configuration !== null, 'S11', () => `configuration ${entry.index} does not decode`);
    }
    if (entry.type !== 'command') return;
    const command = this.command(commandIdOf(entry.data));
    const result = this.#machine.apply(command);
    if (this.#machine.repeated) {
      this.repeatedCount += 1;
      return;
    }
    this.#effects.set(`${command.client}/${command.sequence}`, { index: entry.index, result });
    if (result === 1) this.#values[command.key]?.push({ index: entry.index, value: command.value });
  }
}

/** Same data, byte for byte. */
export function sameBytes(a: Entry, b: Entry): boolean {
  if (a.data === b.data) return true;
  if (a.data.byteLength !== b.data.byteLength) return false;
  for (let i = 0; i < a.data.byteLength; i++) if (a.data[i] !== b.data[i]) return false;
  return true;
}
