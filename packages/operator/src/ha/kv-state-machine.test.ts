import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCommand, encodeCommand, type KvCommand, kvResult } from './kv-command.ts';
import { KvStateMachine } from './kv-state-machine.ts';

const signal: AbortSignal = new AbortController().signal;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

async function apply(machine: KvStateMachine, ...commands: KvCommand[]): Promise<number[]> {
  const encoded = commands.map((command, i) => ({ index: i + 1, term: 1, data: encodeCommand(command) }));
  return (await machine.apply(encoded)).map(([result]) => result as number);
}

async function imageOf(machine: KvStateMachine): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of machine.snapshot({ signal })) chunks.push(chunk);
  return Buffer.concat(chunks).toString('base64');
}

const value = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
const command: fc.Arbitrary<KvCommand> = fc.oneof(
  fc.record({ op: fc.constant('put' as const), key: fc.string(), value: fc.uint8Array({ maxLength: 40 }) }),
  fc.record({ op: fc.constant('cas' as const), key: fc.constantFrom('a', 'b', 'ü'), expected: value, value }),
);

describe('commands of the replicated map', () => {
  it('read back as they were written', () => {
    fc.assert(
      fc.property(command, (written) => {
        expect(decodeCommand(encodeCommand(written))).toEqual(written);
      }),
    );
  });

  it('that nobody wrote are answered, never thrown at', async () => {
    const garbage = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(garbage, async (list) => {
        const machine = new KvStateMachine();
        const results = await machine.apply(list.map((data, i) => ({ index: i + 1, term: 1, data })));
        expect(results).toHaveLength(list.length);
      }),
    );
  });
});

describe('the replicated map', () => {
  it('puts, compares and swaps, and deletes', async () => {
    const machine = new KvStateMachine();
    expect(
      await apply(
        machine,
        { op: 'put', key: 'k', value: bytes('1') },
        { op: 'cas', key: 'k', expected: bytes('2'), value: bytes('3') },
        { op: 'cas', key: 'k', expected: bytes('1'), value: bytes('3') },
        { op: 'cas', key: 'new', expected: undefined, value: bytes('x') },
        { op: 'cas', key: 'new', expected: undefined, value: bytes('y') },
      ),
    ).toEqual([kvResult.applied, kvResult.refused, kvResult.applied, kvResult.applied, kvResult.refused]);
    expect([text(machine.get('k')), text(machine.get('new'))]).toEqual(['3', 'x']);
    await apply(machine, { op: 'cas', key: 'k', expected: bytes('3'), value: undefined });
    expect(machine.get('k')).toBeUndefined();
  });

  it('is bounded: what does not fit changes nothing and says so', async () => {
    const machine = new KvStateMachine(10);
    expect(
      await apply(
        machine,
        { op: 'put', key: 'k', value: bytes('123456789') },
        { op: 'put', key: 'k', value: bytes('1234567890') },
        { op: 'put', key: 'j', value: bytes('1') },
        { op: 'put', key: 'k', value: bytes('12') },
        { op: 'put', key: 'j', value: bytes('123456') },
      ),
    ).toEqual([kvResult.applied, kvResult.full, kvResult.full, kvResult.applied, kvResult.applied]);
  });

  it('gives equal images for equal states, and restores from one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => {
        const [a, b, c] = [new KvStateMachine(), new KvStateMachine(), new KvStateMachine()];
        await apply(a, ...commands);
        await apply(b, ...commands);
        await c.restore(a.snapshot({ signal }), { signal });
        const image = await imageOf(a);
        expect([await imageOf(b), await imageOf(c)]).toEqual([image, image]);
      }),
      { numRuns: 50 },
    );
  });

  it('fixes an image when it is asked for, not when it is read', async () => {
    const machine = new KvStateMachine();
    await apply(machine, { op: 'put', key: 'k', value: bytes('old') });
    const image = machine.snapshot({ signal });
    await apply(machine, { op: 'put', key: 'k', value: bytes('new') });
    const restored = new KvStateMachine();
    await restored.restore(image, { signal });
    expect(text(restored.get('k'))).toBe('old');
  });
});
