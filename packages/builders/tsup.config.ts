import { globSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** One entry per group and version: `src/gen/apps/v1.ts` becomes `k8s/apps/v1`. */
const versions = globSync('src/gen/*/*.ts', { cwd: import.meta.dirname }).map((path) => [
  path.replace(/^src\/gen\//, 'k8s/').replace(/\.ts$/, ''),
  path,
]);

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    crd: 'src/crd/index.ts',
    kinds: 'src/kinds/index.ts',
    schema: 'src/schema/index.ts',
    'bin/k8sop-manifests': 'src/bin/k8sop-manifests.ts',
    ...Object.fromEntries(versions),
  },
  format: ['esm'],
  dts: true,
  sourcemap: true,
  esbuildOptions(options) {
    options.sourcesContent = false; // maps keep names and lines; the budget of the package is 1.5 MB
  },
  clean: true,
  target: 'node22.19', // lowers `await using`
  removeNodeProtocol: false, // tsup strips `node:` by default; node:sqlite and node:test need it
});
