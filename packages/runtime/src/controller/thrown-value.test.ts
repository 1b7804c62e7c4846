import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { asError } from './thrown-value.ts';

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

describe('asError', () => {
  it.each([
    { what: 'an Error', thrown: new RangeError('x') },
    { what: 'a frozen Error', thrown: Object.freeze(new Error('x')) },
    { what: 'an Error of another realm', thrown: runInNewContext('new Error("x")') as unknown },
  ])('keeps $what', ({ thrown }) => {
    expect(asError(thrown)).toBe(thrown);
  });

  it.each([
    { thrown: undefined, says: 'threw undefined,' },
    { thrown: null, says: 'threw null,' },
    { thrown: 'no disk', says: 'threw "no disk",' },
    { thrown: 7n, says: 'threw 7,' },
    { thrown: Symbol('s'), says: 'threw Symbol(s),' },
    { thrown: { message: 'no disk', token: 'secret' }, says: 'an object with the message "no disk",' },
    { thrown: Object.create(null) as unknown, says: 'threw an object,' },
    { thrown: revoked(), says: 'an object that cannot be read,' },
  ])('says: $says', ({ thrown, says }) => {
    const error = asError(thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(says);
    expect(error.message).not.toContain('secret');
  });
});
