/** Part of the benches: what a forked process tells its parent. */
import type { ChildProcess } from 'node:child_process';

/** The child's next message that is wanted. @throws Error when the child ends first. */
export function heard<M>(child: ChildProcess, wanted: (message: M) => boolean): Promise<M> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a node ended with ${code}`));
    const onMessage = (message: unknown): void => {
      if (!wanted(message as M)) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve(message as M);
    };
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}
