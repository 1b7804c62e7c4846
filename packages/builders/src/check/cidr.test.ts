import { describe, expect, it } from 'vitest';
import { checkIpBlock } from './cidr.ts';

function paths(cidr: string, except: readonly string[] = []): string[] {
  const found: string[] = [];
  checkIpBlock(cidr, except, 'ipBlock', (_code, path) => void found.push(path));
  return found;
}

describe('address ranges', () => {
  it.each(['0.0.0.0/0', '10.0.0.0/8', '192.168.1.7/32', '::/0', 'fd00::/8', '2001:db8::1/128', '::ffff:10.0.0.0/104'])(
    'accepts %s',
    (cidr) => {
      expect(paths(cidr)).toEqual([]);
    },
  );

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0/8',
    '256.0.0.0/8',
    '010.0.0.0/8',
    ':::/8',
    '1::2::3/64',
    'fd00::/129',
    'x/8',
    '',
  ])('refuses %j', (cidr) => {
    expect(paths(cidr)).toEqual(['ipBlock.cidr']);
  });

  it.each([
    { cidr: '10.0.0.0/8', except: '10.1.0.0/16', wrong: [] },
    { cidr: 'fd00::/8', except: 'fdff::/16', wrong: [] },
    { cidr: '10.0.0.0/8', except: '11.0.0.0/16', wrong: ['ipBlock.except[0]'] },
    { cidr: '10.0.0.0/8', except: '10.0.0.0/8', wrong: ['ipBlock.except[0]'] },
    { cidr: '0.0.0.0/0', except: 'fd00::/8', wrong: ['ipBlock.except[0]'] },
  ])('an exception $except must be a strict part of $cidr', ({ cidr, except, wrong }) => {
    expect(paths(cidr, [except])).toEqual(wrong);
  });
});
