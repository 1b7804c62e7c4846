#!/usr/bin/env node
/** The command `k8sop-manifests`: see `run-manifests.ts`. */
import { runManifests } from './run-manifests.ts';

process.exitCode = await runManifests(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
