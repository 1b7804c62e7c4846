import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../object/kube-object.ts';
import { HttpWatchStream } from './http-watch-stream.ts';

function attached(): { stream: HttpWatchStream<KubeObject>; calls: string[] } {
  const calls: string[] = [];
  const stream = new HttpWatchStream<KubeObject>({ complete: (object) => object });
  stream.attach({
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    abort: () => calls.push('abort'),
  });
  return { stream, calls };
}

const event = (type: string, padding = ''): Buffer =>
  Buffer.from(`${JSON.stringify({ type, object: { metadata: { name: 'a' }, padding } })}\n`);

async function readAll(stream: HttpWatchStream<KubeObject>): Promise<string[][]> {
  const batches: string[][] = [];
  for await (const batch of stream) {
    batches.push(batch.map(({ type }) => type));
  }
  return batches;
}

describe('HttpWatchStream', () => {
  it('yields one batch per chunk and returns at the end', async () => {
    const { stream } = attached();
    stream.receive(Buffer.concat([event('ADDED'), event('MODIFIED')]));
    stream.receive(event('DELETED'));
    stream.finish();
    expect(await readAll(stream)).toEqual([['ADDED', 'MODIFIED'], ['DELETED']]);
  });

  it('stops reading from the socket while 1 MiB is unread, and goes on once it is taken', async () => {
    const { stream, calls } = attached();
    stream.receive(event('ADDED', 'x'.repeat(600_000)));
    expect(calls).toEqual([]);
    stream.receive(event('ADDED', 'x'.repeat(600_000)));
    expect(calls).toEqual(['pause']);
    const reading = stream[Symbol.asyncIterator]();
    await reading.next();
    expect(calls).toEqual(['pause', 'resume']);
    await reading.return(undefined);
  });

  it('closes the socket when the consumer leaves', async () => {
    const { stream, calls } = attached();
    stream.receive(event('ADDED'));
    const reading = stream[Symbol.asyncIterator]();
    await reading.next();
    await reading.return(undefined);
    stream.close();
    expect(calls).toEqual(['resume', 'abort']);
  });

  it('throws what broke it, after the events before it', async () => {
    const { stream } = attached();
    stream.receive(event('ADDED'));
    stream.fail(new Error('reset'));
    const reading = stream[Symbol.asyncIterator]();
    expect((await reading.next()).done).toBe(false);
    await expect(reading.next()).rejects.toThrow('reset');
  });

  it('throws when it ends inside a line', async () => {
    const { stream } = attached();
    stream.receive(event('ADDED').subarray(0, 20));
    stream.finish();
    await expect(readAll(stream)).rejects.toMatchObject({ code: 'STREAM_CORRUPT' });
  });

  it('hands on the status of an ERROR event, and a type it does not know as one', async () => {
    const { stream } = attached();
    stream.receive(Buffer.from('{"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old"}}\n'));
    stream.receive(event('RENAMED'));
    stream.finish();
    const events = [];
    for await (const batch of stream) {
      events.push(...batch);
    }
    expect(events).toEqual([
      { type: 'ERROR', status: { code: 410, message: 'too old' } },
      { type: 'ERROR', status: { code: 500, message: 'unknown watch event type: RENAMED' } },
    ]);
  });
});
