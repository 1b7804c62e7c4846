import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { SharedLease } from './shared-lease.ts';

function manualLease(): { lease: SharedLease; at: (ms: number) => void } {
  let nowNs = 1_000_000_000n;
  return { lease: new SharedLease(undefined, () => nowNs), at: (ms) => void (nowNs = BigInt(ms) * 1_000_000n) };
}

describe('the shared lease', () => {
  it('is not held before it is granted', () => {
    expect(manualLease().lease.read().remainingMs).toBeLessThanOrEqual(0);
  });

  it('is held until the published moment, to the millisecond, and renewals move that moment', () => {
    const { lease, at } = manualLease();
    lease.publish({ generation: 1, term: 7, validUntilMs: 1_120 });
    at(1_119);
    expect(lease.remainingMsOf({ generation: 1, term: 7 })).toBe(1);
    lease.publish({ generation: 1, term: 7, validUntilMs: 1_150 });
    at(1_149);
    expect(lease.remainingMsOf({ generation: 1, term: 7 })).toBe(1);
    at(1_150);
    expect(lease.remainingMsOf({ generation: 1, term: 7 })).toBe(0);
  });

  it('is nothing to another term, another generation, or after a revocation', () => {
    const { lease } = manualLease();
    lease.publish({ generation: 1, term: 7, validUntilMs: 2_000 });
    expect(lease.remainingMsOf({ generation: 1, term: 6 })).toBe(0);
    expect(lease.remainingMsOf({ generation: 0, term: 7 })).toBe(0);
    lease.revoke();
    expect(lease.remainingMsOf({ generation: 1, term: 7 })).toBeLessThanOrEqual(0);
  });

  it('counts grants and revocations, not renewals', () => {
    const { lease } = manualLease();
    lease.publish({ generation: 1, term: 7, validUntilMs: 2_000 });
    const { epoch } = lease.read();
    lease.publish({ generation: 1, term: 7, validUntilMs: 2_100 });
    expect(lease.read().epoch).toBe(epoch);
    lease.revoke();
    lease.publish({ generation: 1, term: 8, validUntilMs: 2_200 });
    expect(lease.read().epoch).toBe(epoch + 4);
  });

  it('tells how long the main thread has been silent', () => {
    const { lease, at } = manualLease();
    expect(lease.sinceBeatMs()).toBe(-1);
    lease.beat();
    at(16_000);
    expect(lease.sinceBeatMs()).toBe(15_000);
  });

  it('never mixes two grants while another thread writes as fast as it can', async () => {
    const lease = new SharedLease();
    const program = `
      import { workerData } from 'node:worker_threads';
      import { SharedLease } from ${JSON.stringify(new URL('./shared-lease.ts', import.meta.url).href)};
      const lease = new SharedLease(workerData);
      for (let n = 1; n <= 100_000; n++) lease.publish({ generation: n, term: n, validUntilMs: Number.MAX_SAFE_INTEGER / 1e6 });`;
    const writer = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`), {
      workerData: lease.buffer,
    });
    const over = new Promise<number>((resolve) => writer.once('exit', resolve));
    let running = true;
    void over.then(() => (running = false));
    const mixed: unknown[] = [];
    while (running) {
      for (let i = 0; i < 1_000; i++) {
        const found = lease.read();
        mixed.push(...[found].filter(({ generation, term }) => generation !== term));
      }
      await new Promise((done) => setImmediate(done));
    }
    expect(await over).toBe(0);
    expect(mixed).toEqual([]);
  });
});
