/**
 * What a StatefulSet does to replicas: a rolling update, and scaling from three to five and back. The leader hands over when it is
 * asked to end. Each function resolves with what the writes showed meanwhile, so a write must always be due.
 */
import type { ApiProcess } from './api-process.ts';
import { parseStamp } from './fence-oracle.ts';
import type { Stage } from './stage.ts';

export interface Continuity {
  /** For each change of leader: from the last write under the old token to the first under the new one, in ms. */
  readonly handoversMs: readonly number[];
  /** The longest time without any write. */
  readonly longestPauseMs: number;
}

/** From the last ordinal to the first; each is ready again, and votes, before the next one ends. */
export async function rollingRestart(stage: Stage): Promise<Continuity> {
  const running = stage.replicas.filter((replica) => replica.running);
  return await watched(stage.server, async () => {
    for (const { ordinal } of running.toReversed()) {
      await end(stage, ordinal);
      await stage.restart(ordinal);
      await stage.awaitVoters(running.length);
    }
  });
}

/** The two that come have voted before they leave. With storage on disk their removal waits for over ten seconds. */
export async function scaleUpAndDown(stage: Stage): Promise<Continuity> {
  return await watched(stage.server, async () => {
    await stage.scale(5);
    await stage.startAll([3, 4]);
    await stage.awaitVoters(5);
    await stage.scale(3);
    for (const ordinal of [4, 3]) await end(stage, ordinal);
    await stage.awaitVoters(3);
    for (const ordinal of [3, 4]) await stage.wipe(ordinal);
  });
}

async function end(stage: Stage, ordinal: number): Promise<void> {
  const replica = stage.replica(ordinal);
  replica.signal('SIGTERM');
  const code = await replica.ended();
  if (code !== 0) throw new Error(`replica ${ordinal} ended with code ${code}; its last lines:\n${replica.tail}`);
}

async function watched(server: ApiProcess, work: () => Promise<void>): Promise<Continuity> {
  const handoversMs: number[] = [];
  let { atMs: lastMs, fence } = await server.nextWrite(() => true);
  let { token } = parseStamp(fence);
  let longestPauseMs = 0;
  const stopWatching = server.onWrite((write) => {
    const pauseMs = write.atMs - lastMs;
    longestPauseMs = Math.max(longestPauseMs, pauseMs);
    const next = parseStamp(write.fence).token;
    if (next > token) handoversMs.push(pauseMs);
    if (next >= token) token = next;
    lastMs = write.atMs;
  });
  try {
    await work();
    await server.nextWrite(() => true);
  } finally {
    stopWatching();
  }
  return { handoversMs, longestPauseMs };
}
