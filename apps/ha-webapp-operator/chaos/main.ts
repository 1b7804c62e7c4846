/**
 * Everything that may go wrong, in random order.
 *
 *     npm run chaos -- --rounds 200 --json
 *     npm run chaos -- --harm "freeze leader,wipe follower" --rounds 20
 *
 * Ends with 0 when there was no second writer, no acknowledged replicated write was lost, there is one cluster, and each round
 * recovered; else with 1.
 */
import { parseArgs } from 'node:util';
import { endOfExperiment } from '../harness/end-of-experiment.ts';
import { enterNetwork } from '../harness/network.ts';
import { runChaos } from './chaos.ts';
import { nemeses, partitions, scaling } from './nemesis.ts';

const { rounds, harm, json } = readOptions();
const say = json ? console.error : console.log;
const network = await enterNetwork(say);
const possible = harm?.filter((name) => network !== undefined || !(name in partitions));
const report = await runChaos({ rounds, network, signal: endOfExperiment(), say, ...(possible && { harm: possible }) });
console.log(json ? JSON.stringify(report) : report);
process.exitCode = report.ok ? 0 : 1;

function readOptions(): { rounds: number; harm: readonly string[] | undefined; json: boolean } {
  const known = Object.keys({ ...scaling, ...nemeses, ...partitions });
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '20' },
        harm: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds} is no count of at least 1`);
    const harm = values.harm?.split(',').map((name) => name.trim());
    const strange = harm?.find((name) => !known.includes(name));
    if (strange !== undefined) throw new Error(`--harm "${strange}" is none of ${known.join(', ')}`);
    return { rounds, harm, json: values.json };
  } catch (error) {
    console.error(`chaos: ${(error as Error).message}; usage: npm run chaos -- [--rounds N] [--harm NAMES] [--json]`);
    process.exit(2);
  }
}
