/** `hunt.ts SECONDS`: simulates seed after seed until a rule breaks or the time is over; prints the rule, or null. */
import { runSimulation } from '../src/testing/simulation/run-simulation.ts';

const endMs = performance.now() + Number(process.argv[2]) * 1000;
let violation: string | null = null;
for (let seed = 1; violation === null && performance.now() < endMs; seed++) {
  const found = runSimulation({ seed, ticks: 3000 }).violation;
  if (found !== null) violation = `${found.rule} with seed ${seed}: ${found.message}`;
}
process.stdout.write(JSON.stringify(violation));
