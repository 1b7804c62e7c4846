import { describe, expect, it } from 'vitest';
import { parseFieldSelector, type SelectableResource } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', n: '5' };

describe('label selectors', () => {
  it.each([
    ['app=web', true],
    ['app==web,tier!=back', true],
    ['app!=web', false],
    ['missing!=x', true],
    ['app in (api, web)', true],
    ['app notin (api,web)', false],
    ['missing notin (a)', true],
    ['app,!missing', true],
    ['!app', false],
    ['n>4', true],
    ['n<5', false],
    ['app=', false],
    ['', true],
    ['example.com/x in (a)', false],
  ])('%s: %s', (text, matches) => {
    expect(parseLabelSelector(text)(labels)).toBe(matches);
  });

  it.each([
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a=!!', "found '!', expected: identifier"],
    ['a b', "found 'b', expected: 'in', 'notin', '=', ==, !=, gt, lt"],
    ['-bad', 'name part must consist of alphanumeric characters'],
    ['n>x', 'the value must be an integer'],
    ['a,', "found '', expected: identifier after ','"],
  ])('refuses %s', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });
});

describe('field selectors', () => {
  const pods: SelectableResource = {
    qualifiedName: 'pods',
    namespaced: true,
    isCustom: false,
    selectableFields: [],
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n' },
    spec: { nodeName: 'node-1' },
    status: { phase: 'Running' },
  };

  it.each([
    ['metadata.name=p', true],
    ['metadata.name=p,spec.nodeName=node-1', true],
    ['status.phase!=Running', false],
    ['spec.hostNetwork=false', true],
    ['metadata.namespace==other', false],
  ])('%s: %s', (text, matches) => {
    expect(parseFieldSelector(text, pods).matches(pod)).toBe(matches);
  });

  it('knows the fields a custom resource declares', () => {
    const widgets = {
      qualifiedName: 'widgets.e.com',
      namespaced: true,
      isCustom: true,
      selectableFields: ['.spec.color'],
    };
    const widget = { apiVersion: 'e.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { color: 'red' } };
    expect(parseFieldSelector('spec.color=red', widgets).matches(widget)).toBe(true);
    expect(() => parseFieldSelector('spec.size=1', widgets)).toThrow('field label not supported: spec.size');
  });

  it('names the object a selector is pinned to', () => {
    expect(parseFieldSelector('metadata.name=p', pods).name).toBe('p');
    expect(parseFieldSelector('metadata.name!=p', pods).name).toBeUndefined();
  });

  it('refuses a term without operator', () => {
    expect(() => parseFieldSelector('zzz', pods)).toThrow("invalid selector: 'zzz'; can't understand 'zzz'");
  });
});
