/**
 * The API server as a process of its own, so that its time is not ours. Reports each fenced write in the order in which it was
 * carried out; ends with the process that started it.
 */
import { startApiServer } from '@k8sop/apiserver';
import type { ApiCommand, ApiReport } from './api-process.ts';
import type { FencedWrite } from './fence-oracle.ts';

const drainEveryMs = 10;
const writing = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const token = 'experiment';

// Large enough for what comes within `drainEveryMs` even when this process was stopped for a while.
const api = await startApiServer({
  tokens: { [token]: { name: 'user', groups: ['system:masters'] } },
  traceSize: 50_000,
  host: process.argv[2] ?? '127.0.0.1',
});
const report = (message: ApiReport): void => void process.send?.(message);

function drain(): void {
  const writes: FencedWrite[] = [];
  for (const { fence, verb, code, doneAtMs, resource, name = '' } of api.trace.requests()) {
    // 0: the connection broke before the answer; the write was carried out all the same
    const applied = code === 0 || (code >= 200 && code < 300);
    if (fence !== undefined && applied && writing.has(verb))
      writes.push({ atMs: doneAtMs, fence, verb, resource, name, code });
  }
  api.trace.clear();
  if (writes.length > 0) report({ type: 'writes', writes });
}

async function obey(command: ApiCommand): Promise<void> {
  switch (command.type) {
    case 'outage':
      drain();
      await api.restart(() => new Promise((up) => setTimeout(up, command.ms)));
      report({ type: 'up' });
      return;
    case 'stop':
      clearInterval(timer);
      drain();
      await api.stop();
      process.disconnect();
  }
}

const timer = setInterval(drain, drainEveryMs);
process.on('message', (command: ApiCommand) => void obey(command));
process.once('disconnect', () => process.exit(0));
for (const name of ['SIGINT', 'SIGHUP'] as const) process.on(name, () => {}); // our parent decides
report({ type: 'started', url: api.url, ca: api.ca, token, kubeconfig: api.kubeconfig() });
