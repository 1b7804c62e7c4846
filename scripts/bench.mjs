import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

const [name = '', ...options] = process.argv.slice(2);
const file = 'results/bench.json';
const [scenario] = globSync(`{packages,apps}/*/bench/${name}.ts`);
const run = scenario
  ? spawnSync('node', ['--conditions=@k8sop/source', scenario, ...options], { stdio: 'inherit' })
  : spawnSync('vitest', ['bench', '--run', name, `--outputFile.json=${file}`], { stdio: 'inherit' });
if (!scenario && options.includes('--json') && run.status === 0) {
  const tasks = JSON.parse(readFileSync(file, 'utf8'))
    .testResults.flatMap((result) => result.assertionResults)
    .flatMap((test) => test.benchmarks ?? [])
    .flatMap(({ name, tasks }) => tasks.map((task) => ({ bench: name, task: task.name, ...task.latency })));
  console.log(JSON.stringify({ node: process.version, tasks }));
}
process.exitCode = run.status ?? 1;
