import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { toYaml } from '@k8sop/builders';
import { goldenPrograms } from './golden-programs.ts';

describe('golden manifests', () => {
  it.each(Object.entries(goldenPrograms))(
    '%s writes the reviewed YAML, which parses back to its JSON',
    async (name, program) => {
      const object = program.toJSON();
      const yaml = toYaml(object);
      await expect(yaml).toMatchFileSnapshot(`golden/${name}.yaml`);
      expect(parse(yaml, { version: '1.2' })).toEqual(object);
      expect(parse(yaml, { version: '1.1' })).toEqual(object);
    },
  );

  it.each(Object.entries(goldenPrograms))('%s gives equal bytes on every output', (_name, program) => {
    expect(JSON.stringify(program)).toBe(JSON.stringify(program.toJSON()));
  });
});
