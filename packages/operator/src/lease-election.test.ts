import { type KubeClient, type KubeObject, noMetrics, silentLogger, StatusError } from '@k8sop/runtime';
import { ManualClock } from '@k8sop/runtime/testing';
import { describe, expect, it } from 'vitest';
import { LeaseElection } from './lease-election.ts';
import type { OpenElection } from './election.ts';

interface Stored extends KubeObject {
  readonly spec: { readonly holderIdentity: string; readonly leaseTransitions: number };
}
type Patch = readonly { readonly value: unknown }[];

/** An API server of one Lease, with compare-and-swap. */
class OneLease {
  stored: Stored | undefined;
  down = false;
  #version = 0;

  readonly client = {
    get: async () => {
      this.#refuseWhenDown();
      return this.stored;
    },
    create: async (_kind: unknown, object: Stored) => {
      this.#refuseWhenDown();
      if (this.stored !== undefined) throw conflict();
      return this.#store(object);
    },
    jsonPatch: async (_kind: unknown, _key: unknown, [test, replace]: Patch) => {
      this.#refuseWhenDown();
      if (this.stored?.metadata.resourceVersion !== test?.value) throw conflict();
      return this.#store({ ...(this.stored as Stored), spec: replace?.value as Stored['spec'] });
    },
  } as unknown as KubeClient;

  #store(object: Stored): { object: Stored } {
    this.#version += 1;
    this.stored = { ...object, metadata: { ...object.metadata, uid: 'u1', resourceVersion: String(this.#version) } };
    return { object: this.stored };
  }

  #refuseWhenDown(): void {
    if (this.down) throw new Error('connection refused');
  }
}

function conflict(): StatusError {
  return new StatusError('the object has been modified', { code: 409, reason: 'Conflict' });
}

class Scene {
  readonly clock = new ManualClock();
  readonly api = new OneLease();

  async candidate(
    client: KubeClient = this.api.client,
  ): Promise<{ election: OpenElection; stop: () => Promise<void> }> {
    const ports = { clock: this.clock, client, logger: silentLogger, metrics: noMetrics };
    const election = await new LeaseElection('op').namespace('default').open(ports);
    const stop = new AbortController();
    const running = election.gate.run(
      ({ signal }) => new Promise((done) => signal.addEventListener('abort', () => done(), { once: true })),
      { signal: stop.signal },
    );
    return {
      election,
      stop: async () => {
        stop.abort();
        await running;
        await election[Symbol.asyncDispose]();
      },
    };
  }
}

describe('an election by a Lease object', () => {
  it('has one winner, whose term is the number of transitions and whose cluster is the UID', async () => {
    const scene = new Scene();
    const a = await scene.candidate();
    await scene.clock.advanceAsync(0);
    const b = await scene.candidate();
    await scene.clock.advanceAsync(60_000);
    expect(a.election.gate.current).toMatchObject({ generation: 0, term: 1, stamp: 'u1.00000000.000000000001' });
    expect(b.election.gate.current).toBeUndefined();
    await a.stop();
    await b.stop();
  });

  it('is over 10 s after the last renewal that succeeded, and comes back in the same term', async () => {
    const scene = new Scene();
    const a = await scene.candidate();
    await scene.clock.advanceAsync(1_000);
    const signal = a.election.gate.current?.signal;
    scene.api.down = true;
    await scene.clock.advanceAsync(8_999);
    expect(a.election.gate.current?.remainingMs()).toBe(1);
    await scene.clock.advanceAsync(1);
    expect([signal?.aborted, a.election.gate.current]).toEqual([true, undefined]);
    expect(a.election.readyChecks?.[0]?.check()).toMatchObject({ ok: false });
    scene.api.down = false;
    await scene.clock.advanceAsync(2_000);
    expect(a.election.gate.current?.term).toBe(1);
    await a.stop();
  });

  it('passes on no earlier than 15 s after the record stood still, long after the holder stopped', async () => {
    const scene = new Scene();
    const cut = new OneLease();
    const flaky = { ...scene.api.client } as unknown as KubeClient;
    const a = await scene.candidate(flaky);
    await scene.clock.advanceAsync(100);
    const b = await scene.candidate();
    cut.down = true;
    Object.assign(flaky, cut.client); // from now on the holder reaches nobody
    await scene.clock.advanceAsync(14_999);
    expect(b.election.gate.current).toBeUndefined();
    expect(a.election.gate.current).toBeUndefined();
    await scene.clock.advanceAsync(3_000);
    expect(b.election.gate.current).toMatchObject({ term: 2 });
    Object.assign(flaky, scene.api.client);
    await scene.clock.advanceAsync(4_000);
    expect(a.election.gate.current).toBeUndefined();
    await a.stop();
    await b.stop();
  });

  it('is released by a holder that stops: the next takes it with its next look', async () => {
    const scene = new Scene();
    const a = await scene.candidate();
    await scene.clock.advanceAsync(100);
    const b = await scene.candidate();
    await scene.clock.advanceAsync(100);
    await a.stop();
    expect(scene.api.stored?.spec.holderIdentity).toBe('');
    await scene.clock.advanceAsync(2_000);
    expect(b.election.gate.current).toMatchObject({ term: 2 });
    await b.stop();
  });

  it('refuses a name that no Lease can have', () => {
    expect(() => new LeaseElection('My_Lease')).toThrow('is no name of a Lease');
  });
});
