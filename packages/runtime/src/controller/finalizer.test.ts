import { describe, expect, it } from 'vitest';
import type { JsonPatchOperation } from '../client/kube-client.ts';
import { StatusError } from '../client/status-error.ts';
import type { KubeObject } from '../object/kube-object.ts';
import { unelectedLeadership } from '../leadership-gate.ts';
import {
  defaultFinalizer,
  ensureFinalizer,
  type FinalizerPorts,
  MAX_FINALIZER_ATTEMPTS,
  releaseFinalizer,
} from './finalizer.ts';
import { addFinalizerPatch, removeFinalizerPatch } from './finalizer-patch.ts';

const kind = { apiVersion: 'example.com/v1', kind: 'Site', plural: 'sites', namespaced: true };
const name = 'site.example.com/finalizer';
const options = {
  controller: 'sites',
  signal: new AbortController().signal,
  fence: unelectedLeadership,
};

function site(finalizers?: readonly string[], more: object = {}): KubeObject {
  const metadata = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '5', ...more };
  return {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: finalizers === undefined ? metadata : { ...metadata, finalizers },
  };
}

type Live = KubeObject | undefined;

/** Ports whose server refuses the first `refusals` patches and then shows `live`. */
function ports(refusals: number, live: Live | (() => Live)): FinalizerPorts & { patches: JsonPatchOperation[][] } {
  const patches: JsonPatchOperation[][] = [];
  const shown = (): Live => (typeof live === 'function' ? live() : live);
  return {
    patches,
    client: { get: async () => shown() as never },
    writer: {
      jsonPatch: async (_kind, _key, operations) => {
        patches.push([...operations]);
        if (patches.length <= refusals) throw new StatusError('test failed', { code: 422, reason: 'Invalid' });
        return shown() as never;
      },
    },
  };
}

describe('patches of the finalizer list (RFC 6902)', () => {
  it('guards an absent list by the resourceVersion', () => {
    expect(addFinalizerPatch(site(), name)).toEqual([
      { op: 'test', path: '/metadata/resourceVersion', value: '5' },
      { op: 'add', path: '/metadata/finalizers', value: [name] },
    ]);
  });

  it('tests the list it appends to', () => {
    expect(addFinalizerPatch(site(['a/b']), name)).toEqual([
      { op: 'test', path: '/metadata/finalizers', value: ['a/b'] },
      { op: 'add', path: '/metadata/finalizers/-', value: name },
    ]);
  });

  it('tests the incarnation and the entry it removes', () => {
    expect(removeFinalizerPatch(site(['a/b', name]), name)).toEqual([
      { op: 'test', path: '/metadata/uid', value: 'u' },
      { op: 'test', path: '/metadata/finalizers/1', value: name },
      { op: 'remove', path: '/metadata/finalizers/1' },
    ]);
  });

  it('sends nothing when there is nothing to do', () => {
    expect(addFinalizerPatch(site([name]), name)).toBeUndefined();
    expect(removeFinalizerPatch(site(), name)).toBeUndefined();
  });
});

describe('lost races', () => {
  it('builds the patch anew from the live object', async () => {
    const server = ports(1, site(['x/y']));
    await ensureFinalizer(server, kind, site(['a/b']), name, options);
    expect(server.patches.map(([first]) => first)).toEqual([
      { op: 'test', path: '/metadata/finalizers', value: ['a/b'] },
      { op: 'test', path: '/metadata/finalizers', value: ['x/y'] },
    ]);
  });

  it('gives up after five with FINALIZER_CONTENDED', async () => {
    let version = 5;
    const server = ports(Number.POSITIVE_INFINITY, () => site([`x/y${version++}`]));
    await expect(ensureFinalizer(server, kind, site(['a/b']), name, options)).rejects.toMatchObject({
      code: 'FINALIZER_CONTENDED',
    });
    expect(server.patches).toHaveLength(MAX_FINALIZER_ATTEMPTS);
  });

  it.each([
    { what: 'a vanished object', live: undefined },
    { what: 'another incarnation', live: site(['x/y'], { uid: 'other' }) },
    { what: 'an object being deleted', live: site(['x/y'], { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
  ])('does not add to $what', async ({ live }) => {
    expect(await ensureFinalizer(ports(1, live), kind, site(['a/b']), name, options)).toBeUndefined();
  });

  it('throws what the server says when nobody raced: the object itself is refused', async () => {
    const server = ports(Number.POSITIVE_INFINITY, site(['a/b']));
    const refused = ensureFinalizer(server, kind, site(['a/b']), name, options);
    await expect(refused).rejects.toMatchObject({ code: 422, message: 'test failed' });
    expect(server.patches).toHaveLength(1);
  });

  it('is content when the entry to remove is gone already', async () => {
    const server = ports(1, site(['x/y']));
    expect(await releaseFinalizer(server, kind, site([name]), name, options)).toEqual(site(['x/y']));
    expect(server.patches).toHaveLength(1);
  });
});

it('has a default name after kind and group', () => {
  expect(defaultFinalizer(kind)).toBe('site.example.com/finalizer');
});
