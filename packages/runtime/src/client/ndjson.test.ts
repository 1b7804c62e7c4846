import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NdjsonDecoder } from './ndjson.ts';

function decodeInChunks(bytes: Buffer, sizes: readonly number[]): unknown[] {
  const decoder = new NdjsonDecoder();
  const values: unknown[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    values.push(...decoder.push(bytes.subarray(at, at + size)));
    at += size;
  }
  decoder.end();
  return values;
}

describe('NdjsonDecoder', () => {
  it('gives the same values however lines and characters are cut into chunks', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), sizes, (values, cuts) => {
        const bytes = Buffer.from(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
        const plain = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        expect(decodeInChunks(bytes, cuts)).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });

  it('joins a character of four bytes that arrives byte by byte', () => {
    expect(decodeInChunks(Buffer.from('{"a":"🚢"}\n'), [1])).toEqual([{ a: '🚢' }]);
  });

  it('ignores blank lines', () => {
    expect(decodeInChunks(Buffer.from('\n1\n\n'), [64])).toEqual([1]);
  });

  it('refuses a line beyond its limit, before it is complete', () => {
    const decoder = new NdjsonDecoder({ maxLineBytes: 10 });
    decoder.push(Buffer.from('"12345678'));
    expect(() => decoder.push(Buffer.from('90'))).toThrow('a line exceeds 10 B (11 B so far); reconnect');
  });

  it('refuses a stream that ends inside a line', () => {
    const decoder = new NdjsonDecoder();
    decoder.push(Buffer.from('{"type":"ADD'));
    expect(() => decoder.end()).toThrow('the stream ended inside a line after 12 B; reconnect');
  });

  it('refuses a line that is no JSON', () => {
    expect(() => new NdjsonDecoder().push(Buffer.from('<html>\n'))).toThrow('a line of 6 B is no JSON; reconnect');
  });

  it('asks for each line whether it is known, and decodes it when not', () => {
    const recognise = (line: Buffer): unknown => ({ '"a"': 'known' })[line.toString()];
    const decoder = new NdjsonDecoder({ recognise });
    expect(decoder.push(Buffer.from('"a"\n"b"\n'))).toEqual(['known', 'b']);
  });
});
