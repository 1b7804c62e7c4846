/** Ports that are free now: the replicas must know each other's before the first of them starts. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to whoever asks for any: one of those would be somebody else's while its replica is down. */
const firstPort = 22_000;
const ports = 10_000;
let next = randomInt(ports);

/** Distinct, as long as fewer than ten thousand are asked for. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = firstPort + (next % ports);
    next += 1;
    if (await isFree(port)) found.push(port);
  }
  return found;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}
