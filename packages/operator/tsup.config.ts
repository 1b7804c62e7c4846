import { defineConfig } from 'tsup';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'raft-thread-entry': 'src/ha/raft-thread-entry.ts',
    'bin/k8sop-raft': 'src/bin/k8sop-raft.ts',
  },
  format: ['esm'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'node22.19', // lowers `await using`
  removeNodeProtocol: false, // tsup strips `node:` by default; node:sqlite and node:test need it
});
