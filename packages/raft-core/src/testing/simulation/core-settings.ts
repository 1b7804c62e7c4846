/** How a node's core is configured in a run: small limits, so that they are reached, and the run's own timing. */
import type { RaftCoreOptions } from '../../core/core-options.ts';
import type { SimulatedNode } from './simulated-node.ts';

/** Settings of the core that both kinds of process pass on. */
export function coreSettings({
  id,
  epoch,
  world,
}: SimulatedNode): Pick<RaftCoreOptions, 'seed'> & Partial<RaftCoreOptions> {
  const { electionTimeoutsMs, snapshotEntries, trailingEntries, maxInflightMessages } = world.profile;
  const electionTimeoutMs = electionTimeoutsMs[id - 1] as number;
  return {
    seed: world.seed * 64 + epoch,
    electionTimeoutMs,
    heartbeatMs: electionTimeoutMs === 150 ? 30 : 40,
    checkState: world.checkState,
    trailingEntries: Math.min(trailingEntries, snapshotEntries),
    maxInflightMessages,
    maxMessageBytes: 64,
  };
}
