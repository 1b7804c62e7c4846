/** Ports for nodes that must know each other's before the first of them starts. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to whoever asks for any: one of those would be somebody else's while its node is down. */
const firstPort = 10_000;
const portsPerWorker = 1_000;
const workers = 10;

const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % workers;
let next = process.pid * 31; // test files that follow each other

/** Distinct free ports on loopback. Nobody else gets them, also while nothing listens. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = firstPort + worker * portsPerWorker + (next % portsPerWorker);
    next += 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
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
