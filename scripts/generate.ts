/**
 * `npm run generate -- apiserver|builders`: rewrites the generated sources of one package, or of all when none is named.
 */
import { generateApiserverBundle } from './generate-apiserver-bundle.ts';
import { writeBuilders } from './generate-builders.ts';

const generators: Readonly<Record<string, () => Promise<string>>> = {
  apiserver: generateApiserverBundle,
  builders: writeBuilders,
};

const names = process.argv.slice(2).filter((argument) => argument !== '--');
for (const name of names.length > 0 ? names : Object.keys(generators)) {
  const generate = generators[name];
  if (generate === undefined) {
    console.error(`generate: no generator "${name}"; there are ${Object.keys(generators).join(', ')}`);
    process.exit(1);
  }
  console.log(`${name}: ${await generate()}`);
}
