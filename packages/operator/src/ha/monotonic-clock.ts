/** The consensus clock: `process.hrtime`, the same in every thread of the process, so that a lease means one moment to all. */
import type { Clock } from '@k8sop/raft-core';

export const monotonicClock: Clock = {
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
