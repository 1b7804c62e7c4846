/** A core that is watched by `CoreWatch` whoever calls it. Once its process has died, nobody watches any more. */
import type { RaftCore } from '../../core/raft-node.ts';
import { isRaftError } from '../../errors.ts';
import type { CoreWatch } from './core-watch.ts';
import type { SimulatedNode } from './simulated-node.ts';

/** `core` itself, but for `step` and `drain`. */
export function watchedCore(core: RaftCore, watch: CoreWatch, node: SimulatedNode): RaftCore {
  const { epoch } = node;
  // A broken rule ends the run, even though the driver would take it for a failure of its own.
  const look = (check: () => void): void => {
    if (epoch !== node.epoch) return;
    try {
      check();
    } catch (error) {
      node.world.fail(error);
      throw error;
    }
  };
  const step: RaftCore['step'] = (event, nowMs) => {
    look(() => watch.stepping(event));
    try {
      core.step(event, nowMs);
    } catch (error) {
      look(() => {
        watch.refused(event, error);
        if (!isRaftError(error)) throw error;
      });
      throw error;
    }
    look(() => watch.stepped(event));
  };
  const drain: RaftCore['drain'] = (out) => {
    const more = core.drain(out);
    if (more) look(() => watch.drained(out));
    return more;
  };
  return new Proxy(core, {
    get: (target, name) => {
      if (name === 'step') return step;
      if (name === 'drain') return drain;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
