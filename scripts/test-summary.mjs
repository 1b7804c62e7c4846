import { readFileSync } from 'node:fs';

let passed = 0;
let failed = 1; // no result file: vitest never finished
try {
  const run = JSON.parse(readFileSync('results/vitest.json', 'utf8'));
  // a file that failed without a failed test (import error, crash) counts as one
  const broken = run.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  passed = run.numPassedTests;
  failed = run.numFailedTests + broken.length;
} catch {
  console.log('vitest did not finish');
}
console.log(`${passed} passed, ${failed} failed`);
