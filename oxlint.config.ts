import { defineConfig } from 'oxlint';

/** Own files, plus `allowed`; never another package by path, never a folder named in `above`. */
function only(allowed: string[], above: string[] = []): ['error', object] {
  return [
    'error',
    {
      patterns: [
        { regex: '^(\\.\\./)+[a-z-]+/(src|dist|test)/', message: 'import a package by its name' },
        ...above.map((folder) => ({ regex: `^(\\.\\./)+${folder}/`, message: 'imports point to lower layers only' })),
        {
          group: ['*', '!./**', '!../**', ...allowed.flatMap((name) => [`!${name}`, `!${name}/**`])],
          message: `allowed here: ${['own files', ...allowed].join(', ')}`,
        },
      ],
    },
  ];
}

const layers = ['object', 'client', 'watch', 'cache', 'queue', 'controller', 'manager'];
const runtime = ['node:*', 'undici', 'prom-client', '@k8sop/builders'];
const raft = ['raft-core', 'raft-grpc', 'raft-level', 'discovery-dns'].map((name) => `@k8sop/${name}`);
const apiserver = 'node:* @k8sop/builders re2js @peculiar/x509 reflect-metadata sorted-btree undici ws yaml'.split(' ');

/** Later rows win. */
const boundaries: [path: string, allowed: string[], above?: string[]][] = [
  ['packages/builders/src/**', []],
  ['packages/builders/src/crd/**', ['typebox']],
  ['packages/builders/src/bin/**', ['node:*']],
  ['packages/builders/src/render/write-manifests.ts', ['node:*']],
  ['packages/raft-core/src/**', []],
  ['packages/raft-core/src/core/**', [], ['driver', 'ports', 'inspect', 'testing']],
  ['packages/raft-grpc/src/**', ['node:*', '@bufbuild/protobuf', '@grpc/grpc-js', '@k8sop/raft-core']],
  ['packages/raft-level/src/**', ['node:*', 'classic-level', '@k8sop/raft-core']],
  ['packages/discovery-dns/src/**', ['node:*', '@k8sop/raft-core']],
  ['packages/runtime/src/**', runtime],
  ...layers.map((layer, i): [string, string[], string[]] => [
    `packages/runtime/src/${layer}/**`,
    runtime,
    layers.slice(i + 1),
  ]),
  ['packages/runtime/src/queue/**', runtime, layers.filter((layer) => layer !== 'object' && layer !== 'queue')],
  ['packages/runtime/src/client/static-kubeconfig.ts', [...runtime, 'yaml'], layers.slice(2)],
  ['packages/runtime/src/client/client-node-auth.ts', [...runtime, '@kubernetes/client-node'], layers.slice(2)],
  ['packages/apiserver/src/**', apiserver],
  ['packages/operator/src/**', ['node:*', 'pino', '@k8sop/builders', '@k8sop/runtime', ...raft]],
  ['apps/*/src/**', ['node:*', 'typebox', '@k8sop/builders', '@k8sop/operator']],
  ['apps/replicated-kv/src/**', ['node:*', '@k8sop/raft-core', '@k8sop/raft-level']],
];

const impure =
  'Buffer Date console crypto fetch globalThis performance process queueMicrotask setImmediate setInterval setTimeout';

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'promise', 'node', 'vitest'],
  categories: { correctness: 'error' },
  ignorePatterns: ['**/dist/**', '**/gen/**'],
  rules: {
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'no-console': 'error',
    'oxc/no-barrel-file': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
    'vitest/no-conditional-in-test': 'error',
  },
  overrides: [
    ...boundaries.map(([path, allowed, above]) => ({
      files: [path],
      excludeFiles: ['**/*.test.ts'],
      rules: { 'no-restricted-imports': only(allowed, above) },
    })),
    {
      files: ['packages/raft-core/src/**'],
      excludeFiles: ['**/*.test.ts'],
      rules: {
        'import/no-nodejs-modules': 'error',
        'no-restricted-globals': ['error', ...impure.split(' ')],
        'no-restricted-properties': ['error', { object: 'Math', property: 'random' }],
      },
    },
    { files: ['packages/*/src/index.ts', 'packages/*/src/*/index.ts'], rules: { 'oxc/no-barrel-file': 'off' } },
    { files: ['**/*.config.ts'], rules: { 'import/no-default-export': 'off' } },
    { files: ['apps/**', 'scripts/**', '**/{bench,bin}/**'], rules: { 'no-console': 'off' } },
  ],
});
