/**
 * The command `k8sop-raft`: looks at nodes from outside, and says yes to a recovery.
 *
 * Exit codes: 0 sound, healthy, done; 1 damaged, not healthy, not done; 2 called wrongly.
 */
import { parseArgs } from 'node:util';
import { parseDuration } from '@k8sop/runtime';
import { readEnvironment } from '../env.ts';
import { inspectCommand } from './inspect-command.ts';
import { recoverCommand } from './recover-command.ts';
import { statusCommand } from './status-command.ts';

export interface RaftCommandOutput {
  out(text: string): void;
  err(text: string): void;
}

const usage = `usage: k8sop-raft COMMAND

  status [TARGET…] [--json]      who leads, term and generation, members, lease, health
      TARGET is the URL of a probe port, or a data directory; default http://127.0.0.1:<K8SOP_PROBE_PORT or 8081>
      in a cluster: kubectl exec my-operator-0 -- node node_modules/@k8sop/operator/dist/bin/k8sop-raft.js status

  inspect DIR [--json]           what a data directory holds; changes nothing, damaged or not

  recover CLUSTER [options]      give up a cluster whose majority of disks is lost for good, or whose record is gone with it
      --accept-data-loss         agree; without it the command only says what would be lost
      --withdraw                 take the agreement back
      --namespace NAME           of the ConfigMap raft-CLUSTER
      --kubeconfig FILE          default: KUBECONFIG, the pod's service account, ~/.kube/config
      --wait DURATION            for the next generation, default 60s
      --json

exit codes: 0 healthy, sound, done; 1 not; 2 called wrongly
`;

/** @returns the exit code. */
export async function runRaft(args: readonly string[], output: RaftCommandOutput): Promise<number> {
  let call: (() => Promise<number>) | 'help';
  try {
    call = callOf(args, output);
  } catch (error) {
    output.err(`k8sop-raft: ${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (call === 'help') {
    output.out(usage);
    return 0;
  }
  try {
    return await call();
  } catch (error) {
    output.err(`k8sop-raft: ${(error as Error).message}\n`);
    return 1;
  }
}

/** @throws for anything that the usage does not allow. */
function callOf(args: readonly string[], output: RaftCommandOutput): (() => Promise<number>) | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      'accept-data-loss': { type: 'boolean' },
      withdraw: { type: 'boolean' },
      namespace: { type: 'string' },
      kubeconfig: { type: 'string' },
      wait: { type: 'string' },
    },
    allowPositionals: true,
  });
  const { json, help, ...forRecovery } = values;
  const [command, ...names] = positionals;
  if (help || command === 'help') return 'help';
  const [foreign] = command === 'recover' ? [] : Object.keys(forRecovery);
  if (foreign !== undefined) throw new TypeError(`--${foreign} belongs to recover`);
  const only = (what: string): string => {
    const [name, ...more] = names;
    if (name === undefined || more.length > 0) throw new TypeError(`${command} takes exactly one ${what}`);
    return name;
  };
  switch (command) {
    case 'inspect': {
      const directory = only('directory');
      return () => inspectCommand(directory, { json }, output);
    }
    case 'status':
      return () => statusCommand(names.length > 0 ? names : [ownProbes()], { json }, output);
    case 'recover': {
      const { namespace, kubeconfig, wait, withdraw = false } = forRecovery;
      const acceptDataLoss = forRecovery['accept-data-loss'] ?? false;
      if (withdraw && acceptDataLoss) throw new TypeError('--withdraw and --accept-data-loss contradict each other');
      const waitMs = parseDuration((wait ?? '60s') as '60s', '--wait');
      const clusterName = only('cluster name');
      return () =>
        recoverCommand({ clusterName, namespace, kubeconfig, acceptDataLoss, withdraw, waitMs, json }, output);
    }
    case undefined:
      throw new TypeError('a command is missing');
    default:
      throw new TypeError(`there is no command ${command}`);
  }
}

function ownProbes(): string {
  return `http://127.0.0.1:${readEnvironment().probePort ?? 8081}`;
}
