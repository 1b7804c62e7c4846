import { describe, expect, it } from 'vitest';
import { goldenPrograms } from '../../test/golden-programs.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { unknownFields } from './unknown-fields.ts';

const pod = (spec: object): KubeObject & { spec: object } => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec,
});

describe('unknown fields', () => {
  it('name the field that was probably meant', () => {
    const object = pod({
      containers: [{ name: 'a', imagePullPolice: 'Always', readynessProbe: {} }],
      restartpolicy: 'Never',
    });
    expect(unknownFields(object).map(({ code, path, message }) => [code, path, message])).toEqual([
      [
        'UNKNOWN_FIELD',
        'spec.containers[0].imagePullPolice',
        'there is no field "imagePullPolice"; did you mean "imagePullPolicy"?',
      ],
      [
        'UNKNOWN_FIELD',
        'spec.containers[0].readynessProbe',
        'there is no field "readynessProbe"; did you mean "readinessProbe"?',
      ],
      ['UNKNOWN_FIELD', 'spec.restartpolicy', 'there is no field "restartpolicy"; did you mean "restartPolicy"?'],
    ]);
  });

  it('are not guessed where nothing is near', () => {
    expect(unknownFields(pod({ frobnicate: 1 }))[0]?.message).toBe('there is no field "frobnicate"');
  });

  it('are not looked for in free maps and in kinds nobody knows', () => {
    const labelled = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', labels: { any: 'x' }, annotations: { a: 'b' } },
    };
    expect(unknownFields(labelled)).toEqual([]);
    expect(unknownFields({ apiVersion: 'example.com/v1', kind: 'X', metadata: {} })).toEqual([]);
  });

  it.each(Object.entries(goldenPrograms))('do not appear in what %s writes', (_name, program) => {
    expect(unknownFields(program.toJSON() as KubeObject)).toEqual([]);
  });
});
