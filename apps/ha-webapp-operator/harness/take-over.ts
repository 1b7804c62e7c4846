/**
 * One change of leader: who led, what was done to it, and the first write of who leads then. All times are of one clock, the
 * host's monotonic one.
 */
import { type FencedWrite, parseStamp } from './fence-oracle.ts';
import type { Replica } from './replica.ts';
import type { Stage } from './stage.ts';

export interface TakeOver {
  readonly from: number;
  readonly to: number;
  /** From the signal to the first write under a higher token. */
  readonly failoverMs: number;
  /** From the last write under the old token to the first under a higher one. */
  readonly gapMs: number;
  /** When the signal had been sent. */
  readonly atMs: number;
  readonly firstWrite: FencedWrite;
}

/** Acts on the leader and waits for its successor's first write. `act` returns when it had acted. */
export async function takeOver(stage: Stage, act: (leader: Replica) => number): Promise<TakeOver> {
  const { server } = stage;
  let before: string | undefined; // undefined: whoever leads now
  let lastOldMs = 0;
  const forget = server.onWrite(({ fence, atMs: writtenMs }) => {
    if (before === undefined || parseStamp(fence).token <= before) lastOldMs = writtenMs;
  });
  await server.nextWrite(({ fence }) => parseStamp(fence).token === server.oracle.token);
  const token = server.oracle.token;
  before = token;
  const leader = await whoLeads(stage.replicas, token);
  const next = server.nextWrite(({ fence }) => parseStamp(fence).token > token);
  try {
    const atMs = act(leader);
    const firstWrite = await next;
    const others = stage.replicas.filter((replica) => replica !== leader);
    const successor = await whoLeads(others, parseStamp(firstWrite.fence).token);
    return {
      from: leader.ordinal,
      to: successor.ordinal,
      atMs,
      failoverMs: firstWrite.atMs - atMs,
      gapMs: firstWrite.atMs - lastOldMs,
      firstWrite,
    };
  } finally {
    forget();
  }
}

/** The one among them that logged that it leads under a token. */
async function whoLeads(replicas: readonly Replica[], token: string): Promise<Replica> {
  const leads = replicas
    .filter(({ running }) => running)
    .map(async (replica) => {
      await replica.logged(({ msg, token: logged }) => msg === 'controller leads' && logged === token);
      return replica;
    });
  return await Promise.any(leads);
}
