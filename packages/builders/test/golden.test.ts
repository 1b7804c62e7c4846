import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import * as builders from '@k8sop/builders';
import { toYaml } from '@k8sop/builders';
import { goldenPrograms } from './golden-programs.ts';

const kinds = Object.values(builders).flatMap((value) => {
  const { apiVersion, kind } = value as { readonly apiVersion?: string; readonly kind?: string };
  return typeof value === 'function' && apiVersion !== undefined && kind !== undefined ? [kind] : [];
});

describe('golden manifests', () => {
  it.each(['minimal', 'full'])('every builder has a %s one', (extent) => {
    const programs = Object.entries(goldenPrograms).filter(([name]) => name.endsWith(`-${extent}`));
    const covered = programs.map(([, program]) => (program.toJSON() as builders.KubeObject).kind);
    expect(covered.toSorted()).toEqual(kinds.toSorted());
  });

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
