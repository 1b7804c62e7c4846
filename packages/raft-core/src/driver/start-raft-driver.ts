/** From storage to a running node: load, bootstrap if asked, restore the state machine, start the loop. */
import { configurationProblem, encodeConfiguration } from '../configuration.ts';
import { createRaftCore, type RaftCore } from '../core/raft-node.ts';
import type { CoreTrace } from '../core/trace.ts';
import type { Entry } from '../entry.ts';
import { RaftError } from '../errors.ts';
import type { LogStore, StoredState, WaitOptions } from '../ports/log-store.ts';
import { ApplyLoop } from './apply-loop.ts';
import { resolveDriverLimits, type BootstrapOptions, type RaftDriverOptions } from './driver-options.ts';
import { ProposalTracker } from './proposal-tracker.ts';
import { RaftDriver } from './raft-driver.ts';

/**
 * Starts a node and returns once it listens and ticks.
 * @throws `RAFT_INVALID_OPTION`, `STORAGE_*`, or the signal's reason; nothing is left running then.
 */
export async function startRaftDriver(options: RaftDriverOptions): Promise<RaftDriver> {
  return await startDriverOver(createRaftCore, options);
}

/** As `startRaftDriver`, with the core made by `create`: how a simulator looks on. */
export async function startDriverOver(create: typeof createRaftCore, options: RaftDriverOptions): Promise<RaftDriver> {
  const limits = resolveDriverLimits(options);
  const controller = new AbortController();
  const wait = { signal: controller.signal };
  options.signal?.throwIfAborted();
  const stored = await loadOrBootstrap(options.store, options.bootstrap, wait);
  const proposals = new ProposalTracker();
  const applyLoop = new ApplyLoop(options.stateMachine, proposals);
  if (stored.snapshot !== null) {
    const source = await options.store.openSnapshot(stored.snapshot, wait);
    try {
      await applyLoop.restore(source, wait);
    } finally {
      await source[Symbol.asyncDispose]();
    }
  }
  const core = createCore(create, options, stored, await entriesAfterSnapshot(options.store, stored, wait));
  options.signal?.throwIfAborted();
  const driver = new RaftDriver({ options, limits, core, stored, proposals, applyLoop, controller });
  await driver.start();
  return driver;
}

/** Entry 1 of term 1 holds the founders; it counts as committed because every founder writes the same. */
async function loadOrBootstrap(
  store: LogStore,
  bootstrap: BootstrapOptions | undefined,
  wait: WaitOptions,
): Promise<StoredState> {
  const stored = await store.load(wait);
  const empty = stored.hardState.term === 0 && stored.lastIndex === 0 && stored.identity.clusterId === '';
  const begun = stored.identity.clusterId !== '' && stored.hardState.term === 0 && stored.lastIndex === 0;
  const interrupted = begun && stored.identity.clusterId === bootstrap?.clusterId;
  const unwritten = stored.hardState.term === 1 && stored.lastIndex === 0 && bootstrap !== undefined;
  if (bootstrap === undefined || !(empty || interrupted || unwritten)) return stored;
  const problem = configurationProblem(bootstrap.configuration);
  if (problem !== undefined || bootstrap.configuration.voters.length === 0) {
    throw new RaftError('RAFT_INVALID_OPTION', `bootstrap configuration: ${problem ?? 'it has no voter'}`);
  }
  const { clusterId, generation, configuration } = bootstrap;
  await store.saveCluster({ clusterId, generation }, wait);
  await store.saveHardState({ term: 1, vote: 0, promiseMs: 0 }, wait);
  const entry: Entry = { index: 1, term: 1, type: 'configuration', data: encodeConfiguration(configuration) };
  await store.append({ truncateFrom: 0, entries: [entry], commit: 1 }, wait);
  return await store.load(wait);
}

/** All entries after the snapshot, in bounded reads. */
async function entriesAfterSnapshot(
  store: LogStore,
  stored: StoredState,
  wait: WaitOptions,
): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let from = (stored.snapshot?.index ?? 0) + 1;
  while (from <= stored.lastIndex) {
    const block = await store.read({ from, to: stored.lastIndex, maxBytes: 4 * 1024 * 1024 }, wait);
    if (block.length === 0) {
      throw new RaftError('STORAGE_CORRUPT', `storage returned nothing for entry ${from} of ${stored.lastIndex}`);
    }
    for (const entry of block) entries.push(entry);
    from += block.length;
  }
  return entries;
}

function createCore(
  create: typeof createRaftCore,
  options: RaftDriverOptions,
  stored: StoredState,
  entries: readonly Entry[],
): RaftCore {
  const { id, clock, tracer, seed } = options;
  const { hardState, snapshot, firstIndex, commit, identity } = stored;
  const sink = tracer && ((event: CoreTrace) => tracer.trace({ ...event, node: id, atMs: clock.nowMs() }));
  return create({
    ...options,
    id,
    seed,
    uuid: identity.uuid,
    nowMs: clock.nowMs(),
    stored: { hardState, snapshot, entries, firstIndex, commit },
    ...(sink === undefined ? {} : { trace: sink }),
  });
}
