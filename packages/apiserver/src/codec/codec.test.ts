import { describe, expect, it } from 'vitest';
import { decodeBody } from './decode-body.ts';
import { describeJsonError } from './describe-json-error.ts';
import { findDuplicateKeys } from './duplicate-keys.ts';
import { encodeYaml } from './encode-yaml.ts';

describe('JSON errors in Go words', () => {
  it.each([
    ['{"a": ', 'unexpected end of JSON input'],
    ['', 'unexpected end of JSON input'],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['tru', 'unexpected end of JSON input'],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['"\\q"', "invalid character 'q' in string escape code"],
    ['['.repeat(1_000_000), 'exceeded max depth'],
  ])('%.40s: %s', (text, message) => {
    expect(describeJsonError(text)).toBe(message);
  });
});

describe('duplicate keys', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"a":{"b":1,"b":2},"c":[{"d":1},{"d":1,"d":2}]}', ['a.b', 'c[1].d']],
    ['{"a":"x\\"a\\":","b":[",","{"]}', []],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['[]', []],
  ])('%s names %j', (text, paths) => {
    expect(findDuplicateKeys(text)).toEqual(paths);
  });
});

describe('nesting', () => {
  const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));

  it('of a thousand is read as JSON, more is refused', () => {
    expect(decodeBody(nested(1_000), 'application/json').ok).toBe(true);
    const refused = { ok: false, problem: 'syntax', message: 'exceeded max depth' };
    expect(decodeBody(nested(1_001), 'application/json')).toEqual(refused);
  });

  it('of a hundred is read as YAML, without bound it is refused', () => {
    expect(decodeBody(nested(100), 'application/yaml').ok).toBe(true);
    expect(decodeBody(nested(100_000), 'application/yaml')).toMatchObject({ ok: false, problem: 'syntax' });
  });
});

describe('YAML', () => {
  it('reads strings as strings and numbers as numbers', () => {
    const decoded = decodeBody(Buffer.from('a: "1"\nb: 1\nc: yes\nd:\n- x\n'), 'application/yaml; charset=utf-8');
    expect(decoded).toMatchObject({ ok: true, value: { a: '1', b: 1, c: 'yes', d: ['x'] } });
  });

  it('refuses what is no YAML and media types it does not know', () => {
    expect(decodeBody(Buffer.from('a: [1'), 'application/yaml')).toMatchObject({ ok: false, problem: 'syntax' });
    expect(decodeBody(Buffer.from('a'), 'text/plain')).toMatchObject({ ok: false, problem: 'media-type' });
  });

  it('writes sorted keys, quoted look-alikes and lists without indent', () => {
    expect(encodeYaml({ b: ['x'], a: '1', c: 'yes', 'f:m': { '.': {} } })).toBe(
      'a: "1"\nb:\n- x\nc: "yes"\nf:m:\n  .: {}\n',
    );
  });
});
