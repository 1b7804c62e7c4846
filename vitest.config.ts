import { defineConfig } from 'vitest/config';

const conditions = ['@k8sop/source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts', 'scripts/**/*.test.ts'],
    benchmark: { include: ['packages/*/bench/**/*.bench.ts'] },
    maxWorkers: 2, // tests mostly wait for sockets and processes
    testTimeout: 60_000, // ends what hangs; a slow machine is no failure
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'results/vitest.json' },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      exclude: ['**/*.test.ts', '**/gen/**'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
