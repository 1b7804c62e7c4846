#!/usr/bin/env node
/** The command `k8sop-raft`: see `run-raft.ts`. */
import { runRaft } from './run-raft.ts';

process.exitCode = await runRaft(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
