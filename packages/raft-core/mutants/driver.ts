/** Broken rules of the driver beyond the ordering contract: outcomes, sessions, snapshots, ticks, identity. */
import type { Mutant } from './mutant.ts';

const driver = 'src/driver/raft-driver.test.ts';
const ticks = 'src/driver/tick-source.test.ts';

export const driverMutants: readonly Mutant[] = [
  {
    name: 'another term’s entry answers a proposal',
    rule: 'pitfall command lost',
    file: 'driver/proposal-tracker.ts',
    find: '    if (pending.term !== term) {',
    replace: '    if (pending.term > term + 1e9) {',
    test: [driver, 'reports a proposal as dropped when another term’s entry takes its place'],
  },
  {
    name: 'an undecided proposal is reported as dropped',
    rule: 'pitfall command applied twice',
    file: 'driver/proposal-tracker.ts',
    find: "new RaftError('RAFT_OUTCOME_UNKNOWN', `proposal at",
    replace: "new RaftError('RAFT_PROPOSAL_DROPPED', `proposal at",
    test: [driver, 'reports an undecided proposal as unknown'],
  },
  {
    name: 'a repeated session command is applied again',
    rule: 'pitfall command applied twice',
    file: 'driver/apply-loop.ts',
    find: "      if (verdict.type === 'repeated') return { entry, repeated: session };\n",
    replace: '',
    test: [driver, 'applies a session command once'],
  },
  {
    name: 'sessions are not part of snapshots',
    rule: 'pitfall command applied twice',
    file: 'driver/apply-loop.ts',
    find: "    if (!this.#sessions.restore(sessions)) throw corrupt('session table does not decode');\n",
    replace: '',
    test: [driver, 'keeps sessions across a snapshot and a restart'],
  },
  {
    name: 'a late tick is not deferred',
    rule: 'pitfall stall starts election',
    file: 'driver/tick-source.ts',
    find: '    if (lateMs > lateAfterMs()) cancel = clock.defer(() => tick(lateMs));\n    else tick(lateMs);',
    replace: '    if (lateAfterMs() >= 0) tick(lateMs);',
    test: ['test/driver/late-tick.test.ts', 'queued heartbeats are read before a late tick counts'],
  },
  {
    name: 'missed ticks are made up',
    rule: 'pitfall stall starts election',
    file: 'driver/tick-source.ts',
    find: 'dueMs = Math.max(dueMs + tickMs, nowMs + tickMs / 2);',
    replace: 'dueMs += tickMs;',
    test: [ticks, 'counts a stall as one tick, never as the ticks that were missed'],
  },
  {
    name: 'messages of another cluster are taken',
    rule: 'bad input',
    file: 'driver/raft-driver.ts',
    find: '    if (clusterId !== own.clusterId) return',
    replace: "    if (clusterId === '') return",
    test: ['test/driver/bad-input.test.ts', 'a message of another cluster'],
  },
  {
    name: 'messages of another generation are taken',
    rule: 'bad input',
    file: 'driver/raft-driver.ts',
    find: '    return generation === own.generation ? undefined :',
    replace: '    return generation >= 0 ? undefined :',
    test: ['test/driver/bad-input.test.ts', 'a message of another generation'],
  },
  {
    name: 'a second received snapshot takes the place of the first',
    rule: 'O10',
    file: 'memory/memory-log-store.ts',
    find: '    this.#disk.received = [...others, snapshot];',
    replace: '    this.#disk.received = [snapshot];',
    test: ['test/driver/second-snapshot.test.ts', 'neither stops the node nor takes the place of the first'],
  },
  {
    name: 'a failed store goes unnoticed',
    rule: 'bad input',
    file: 'driver/raft-driver.ts',
    find: '      .catch((error: unknown) => this.#fail(error))\n',
    replace: '      .catch(() => {})\n',
    test: [driver, 'stops when the store fails, and says why'],
  },
  {
    name: 'a full disk stops the node',
    rule: 'bad input',
    file: 'driver/persist-effects.ts',
    find: "      if (!isRaftError(error, 'STORAGE_FULL')) throw error;",
    replace: '      throw error;',
    test: [driver, 'retries a full disk and goes on'],
  },
  {
    name: 'a full disk in compaction stops the node',
    rule: 'bad input',
    file: 'driver/raft-driver.ts',
    find: '    await retryWhenFull(() => this.#options.store.compact(firstIndex, this.#wait()), this.#retrying());',
    replace: '    await this.#options.store.compact(firstIndex, this.#wait());',
    test: [driver, 'retries a compaction on a full disk: what gives room back does not stop the node'],
  },
];
