import { describe, expect, it } from 'vitest';
import { withoutField } from './field-conflicts.ts';

const object = {
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'x', app: 'y' }, finalizers: ['f/a', 'f/b'] },
  spec: {
    replicas: 1,
    containers: [
      { name: 'app', image: 'i' },
      { name: 'b.c', image: 'j' },
    ],
    ports: [{ port: 80, p: 'TCP' }],
  },
};

describe('withoutField', () => {
  it.each([
    { field: '.spec.replicas', lost: '"replicas":1,' },
    { field: '.metadata.labels.app.kubernetes.io/name', lost: '"app.kubernetes.io/name":"x",' },
    { field: '.metadata.labels.app', lost: ',"app":"y"' },
    { field: '.spec.containers[name="app"].image', lost: ',"image":"i"' },
    { field: '.spec.containers[name="b.c"]', lost: ',{"name":"b.c","image":"j"}' },
    { field: '.spec.ports[p="TCP",port=80].p', lost: ',"p":"TCP"' },
    { field: '.metadata.finalizers[="f/a"]', lost: '"f/a",' },
  ])('$field removes just that', ({ field, lost }) => {
    expect(JSON.stringify(withoutField(object, field))).toBe(JSON.stringify(object).replace(lost, ''));
  });

  it.each(['.spec.none', '.spec.replicas.deeper', 'nonsense', '.spec.containers[name="zz"].image'])(
    'an unknown path %s changes nothing',
    (field) => {
      expect(withoutField(object, field)).toEqual(object);
    },
  );
});
