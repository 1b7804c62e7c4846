import { describe, expect, it } from 'vitest';
import { parseLabelSelector } from './label-selector.ts';

const labels = { app: 'web', tier: 'front', 'example.com/team': 'a' };

describe('parseLabelSelector', () => {
  it.each([
    { text: '', matches: true },
    { text: 'app=web', matches: true },
    { text: 'app==web', matches: true },
    { text: 'app=db', matches: false },
    { text: 'app!=db', matches: true },
    { text: 'zone!=x', matches: true },
    { text: 'app', matches: true },
    { text: 'zone', matches: false },
    { text: '!zone', matches: true },
    { text: '!app', matches: false },
    { text: 'tier in (front, back)', matches: true },
    { text: 'tier notin (front)', matches: false },
    { text: 'zone notin (x)', matches: true },
    { text: 'zone in (x)', matches: false },
    { text: 'example.com/team = a , app = web', matches: true },
    { text: 'app=web,tier in (back),zone', matches: false },
    { text: 'app=', matches: false },
  ])('"$text" is $matches', ({ text, matches }) => {
    expect(parseLabelSelector(text)(labels)).toBe(matches);
  });

  it('says where it cannot read', () => {
    expect(() => parseLabelSelector('app=web,tier in front')).toThrow(
      'label selector "app=web,tier in front" cannot be read at "tier in front"',
    );
  });
});
