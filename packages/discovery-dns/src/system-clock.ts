/** Monotonic time and timers of this process, for what runs outside tests. */
import type { Clock } from '@k8sop/raft-core';

export const systemClock: Clock = {
  nowMs: () => Number(process.hrtime.bigint()) / 1e6,
  setTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  defer(callback) {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  },
};
