import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'tls-config': 'src/tls-config.ts' },
  format: ['esm'],
  dts: true,
  sourcemap: true,
  clean: true,
  target: 'node22.19', // lowers `await using`
  removeNodeProtocol: false, // tsup strips `node:` by default; node:sqlite and node:test need it
});
