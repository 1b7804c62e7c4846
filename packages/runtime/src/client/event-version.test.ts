import { describe, expect, it } from 'vitest';
import { eventVersion } from './event-version.ts';

function versionOf(event: object): string | undefined {
  return eventVersion(Buffer.from(JSON.stringify(event)));
}

const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', uid: 'u', resourceVersion: '12' } };

describe('eventVersion', () => {
  it.each(['ADDED', 'MODIFIED'])('reads the version of %s', (type) => {
    expect(versionOf({ type, object })).toBe('12');
  });

  it.each([
    { why: 'a deletion', event: { type: 'DELETED', object } },
    { why: 'a bookmark', event: { type: 'BOOKMARK', object } },
    { why: 'another order of keys', event: { object, type: 'ADDED' } },
    {
      why: 'an object that names the version of another',
      event: { type: 'ADDED', object: { regarding: { resourceVersion: '12' }, ...object } },
    },
    { why: 'no version', event: { type: 'ADDED', object: { metadata: { name: 'a' } } } },
    { why: 'an empty version', event: { type: 'ADDED', object: { metadata: { resourceVersion: '' } } } },
    {
      why: 'a version that is no 64-bit integer',
      event: { type: 'ADDED', object: { metadata: { resourceVersion: '1'.repeat(21) } } },
    },
  ])('leaves $why to the decoder', ({ event }) => {
    expect(versionOf(event)).toBeUndefined();
  });

  it('is not misled by text that looks like a key', () => {
    const annotations = { note: '{"resourceVersion":"99"}' };
    expect(versionOf({ type: 'ADDED', object: { metadata: { annotations, resourceVersion: '12' } } })).toBe('12');
  });

  it('reads nothing from a line that was cut', () => {
    expect(eventVersion(Buffer.from('{"type":"ADDED","object":{"metadata":{"resourceVersion":"12'))).toBeUndefined();
  });
});
