/**
 * Loaded before a replica: stops the process between the last look at its lease and the system call that sends a fenced write to
 * Deployments, once, as soon as the file `FROZEN_WRITE_FILE` exists. Whoever made the file sends SIGCONT.
 */
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';

const file = process.env['FROZEN_WRITE_FILE'] ?? '';
const write = Reflect.get(Socket.prototype, '_write');

Socket.prototype._write = function (chunk, encoding, done): void {
  if (isFenced(chunk) && armed()) process.kill(process.pid, 'SIGSTOP');
  Reflect.apply(write, this, [chunk, encoding, done]);
};

function isFenced(chunk: unknown): boolean {
  if (!Buffer.isBuffer(chunk)) return false;
  const head = chunk.toString('latin1', 0, 2_000);
  return head.startsWith('PATCH ') && head.includes('/deployments/') && head.includes('k8sop-fence: ');
}

/** True once per file. */
function armed(): boolean {
  try {
    rmSync(file);
    return true;
  } catch {
    return false;
  }
}
