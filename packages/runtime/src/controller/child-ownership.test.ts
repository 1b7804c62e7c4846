import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../object/kube-object.ts';
import { OWNER_UID_LABEL, ownerMark, withOwner } from './child-ownership.ts';

function owner(namespace?: string): KubeObject {
  const metadata = { name: 'o', uid: 'u-1', ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: 'example.com/v1', kind: 'Site', metadata };
}
function child(namespace?: string): KubeObject {
  const metadata = { name: 'c', ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata };
}
const kind = { apiVersion: 'example.com/v2', kind: 'Site', plural: 'sites', namespaced: true };

describe('marks of ownership', () => {
  it.each([
    { what: 'same namespace', of: owner('a'), on: child('a') },
    { what: 'cluster-scoped owner, namespaced child', of: owner(), on: child('a') },
    { what: 'both cluster-scoped', of: owner(), on: child() },
  ])('$what: a controller reference, found again through any version', ({ of, on }) => {
    const marked = withOwner(on, of, undefined);
    expect(marked.metadata.ownerReferences).toMatchObject([{ uid: 'u-1', controller: true, blockOwnerDeletion: true }]);
    expect(ownerMark(marked, kind)).toEqual({ type: 'reference', name: 'o', uid: 'u-1' });
  });

  it.each([
    { what: 'another namespace', on: child('b') },
    { what: 'cluster-scoped child of a namespaced owner', on: child() },
  ])('$what: a label, and only with a finalizer', ({ on }) => {
    const marked = withOwner(on, owner('a'), 'site.example.com/finalizer');
    expect(marked.metadata.ownerReferences).toBeUndefined();
    expect(marked.metadata.labels).toEqual({ [OWNER_UID_LABEL]: 'u-1' });
    expect(ownerMark(marked, kind)).toEqual({ type: 'label', uid: 'u-1' });
    expect(() => withOwner(on, owner('a'), undefined)).toThrow(expect.objectContaining({ code: 'OWNER_SCOPE' }));
  });

  it('keeps references of other owners', () => {
    const other = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u-2' };
    const with2 = { ...child('a'), metadata: { name: 'c', namespace: 'a', ownerReferences: [other] } };
    const marked = withOwner(withOwner(with2, owner('a'), undefined), owner('a'), undefined);
    expect(marked.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual(['u-2', 'u-1']);
  });
});
