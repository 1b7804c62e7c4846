import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../object/kube-object.ts';
import { matchesDesired } from './desired-match.ts';
import type { FieldSet } from './field-set.ts';

interface Thing extends KubeObject {
  readonly spec: object;
}

function desired(spec: object, apiVersion = 'example.com/v1'): Thing {
  return { apiVersion, kind: 'Thing', metadata: { name: 'a', namespace: 'default' }, spec };
}

function live(spec: object, owned: object | undefined, apiVersion = 'example.com/v1'): Thing {
  const entry = { manager: 'm', operation: 'Apply', apiVersion, fieldsV1: { 'f:spec': owned } as unknown as FieldSet };
  const managedFields = owned === undefined ? [] : [entry];
  const metadata = { name: 'a', namespace: 'default', uid: 'u', resourceVersion: '5', managedFields };
  return { apiVersion, kind: 'Thing', metadata, spec };
}

const leaf = {};

describe('matchesDesired', () => {
  it.each([
    { why: 'equal', want: { a: 1 }, have: { a: 1 }, owned: { 'f:a': leaf }, matches: true },
    { why: 'the server added defaults', want: { a: 1 }, have: { a: 1, b: 2 }, owned: { 'f:a': leaf }, matches: true },
    { why: 'another value', want: { a: 1 }, have: { a: 2 }, owned: { 'f:a': leaf }, matches: false },
    { why: 'a field is missing', want: { a: 1, b: 2 }, have: { a: 1 }, owned: { 'f:a': leaf }, matches: false },
    { why: 'never applied by us', want: { a: 1 }, have: { a: 1 }, owned: undefined, matches: false },
    {
      why: 'we own what we want no more',
      want: { a: 1 },
      have: { a: 1, b: 2 },
      owned: { 'f:a': leaf, 'f:b': leaf },
      matches: false,
    },
    { why: 'null is not wanted', want: { a: 1, b: null }, have: { a: 1 }, owned: { 'f:a': leaf }, matches: true },
    { why: 'a number is no text', want: { a: 80 }, have: { a: '80' }, owned: { 'f:a': leaf }, matches: false },
    {
      why: 'a list-map in another order',
      want: {
        l: [
          { name: 'x', v: 1 },
          { name: 'y', v: 2 },
        ],
      },
      have: {
        l: [
          { name: 'y', v: 2, extra: 0 },
          { name: 'x', v: 1 },
        ],
      },
      owned: {
        'f:l': { 'k:{"name":"x"}': { '.': leaf, 'f:name': leaf, 'f:v': leaf }, 'k:{"name":"y"}': { 'f:v': leaf } },
      },
      matches: true,
    },
    {
      why: 'a foreign item in our list-map',
      want: { l: [{ name: 'x' }] },
      have: { l: [{ name: 'x' }, { name: 'z' }] },
      owned: { 'f:l': { 'k:{"name":"x"}': { '.': leaf, 'f:name': leaf } } },
      matches: true,
    },
    {
      why: 'an item we want no more',
      want: { l: [{ name: 'x' }] },
      have: { l: [{ name: 'x' }, { name: 'y' }] },
      owned: { 'f:l': { 'k:{"name":"x"}': { '.': leaf }, 'k:{"name":"y"}': { '.': leaf } } },
      matches: false,
    },
    {
      why: 'a key field the server defaulted',
      want: { l: [{ port: 80 }] },
      have: { l: [{ port: 80, protocol: 'TCP' }] },
      owned: { 'f:l': { 'k:{"port":80,"protocol":"TCP"}': { '.': leaf, 'f:port': leaf } } },
      matches: true,
    },
    {
      why: 'a set holds a foreign member',
      want: { s: ['a'] },
      have: { s: ['a', 'b'] },
      owned: { 'f:s': { 'v:"a"': leaf } },
      matches: true,
    },
    {
      why: 'a set member we want no more',
      want: { s: ['a'] },
      have: { s: ['a', 'b'] },
      owned: { 'f:s': { 'v:"a"': leaf, 'v:"b"': leaf } },
      matches: false,
    },
    {
      why: 'an atomic list with defaults inside its items',
      want: { l: [{ path: '/' }] },
      have: { l: [{ path: '/', type: 'Prefix' }] },
      owned: { 'f:l': leaf },
      matches: true,
    },
    {
      why: 'an atomic list with another order',
      want: { l: [1, 2] },
      have: { l: [2, 1] },
      owned: { 'f:l': leaf },
      matches: false,
    },
    {
      why: 'a list we do not own that differs by a default',
      want: { l: [{ a: 1 }] },
      have: { l: [{ a: 1, b: 2 }] },
      owned: { 'f:other': leaf },
      matches: false,
    },
    {
      why: 'custom resources keep the text of a quantity',
      want: { limits: { cpu: '1000m' } },
      have: { limits: { cpu: '1' } },
      owned: { 'f:limits': { 'f:cpu': leaf } },
      matches: false,
    },
  ])('$matches: $why', ({ want, have, owned, matches }) => {
    expect(matchesDesired(desired(want), live(have, owned), { fieldManager: 'm' })).toBe(matches);
  });

  it('built-in kinds compare quantities by value', () => {
    const owned = { 'f:limits': { 'f:cpu': leaf } };
    const match = (want: string, have: string): boolean =>
      matchesDesired(desired({ limits: { cpu: want } }, 'v1'), live({ limits: { cpu: have } }, owned, 'v1'), {
        fieldManager: 'm',
      });
    expect([match('1000m', '1'), match('2', '1')]).toEqual([true, false]);
  });

  it('an entry of another manager, version or subresource is not ours', () => {
    const stored = live({ a: 1 }, { 'f:a': leaf });
    expect(matchesDesired(desired({ a: 1 }), stored, { fieldManager: 'n' })).toBe(false);
    expect(matchesDesired(desired({ a: 1 }), stored, { fieldManager: 'm', subresource: 'status' })).toBe(false);
    expect(matchesDesired(desired({ a: 1 }, 'example.com/v2'), stored, { fieldManager: 'm' })).toBe(false);
  });
});
