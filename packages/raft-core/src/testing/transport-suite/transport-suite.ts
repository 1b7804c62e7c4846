/**
 * What every `Transport` owes, as tests for any framework: an adapter supplies a fixture and tests only its own risks.
 * Nothing here waits by the clock; a case that never ends has failed.
 */
import type { SuiteFramework } from '../suite-framework.ts';
import { helloCases } from './hello-cases.ts';
import { lifeCases } from './life-cases.ts';
import { messageCases } from './message-cases.ts';
import { snapshotCases } from './snapshot-cases.ts';
import type { TransportFixture } from './suite-node.ts';

/** One case; it stops what it starts. */
export interface TransportCase {
  readonly name: string;
  readonly run: (fixture: TransportFixture, expect: SuiteFramework['expect']) => Promise<void>;
}

/** Registers the suite. `open` is called once per case. */
export function transportSuite(framework: SuiteFramework, open: () => TransportFixture): void {
  const { describe, it, expect } = framework;
  const groups = { identity: helloCases, messages: messageCases, snapshots: snapshotCases, life: lifeCases };
  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      for (const { name, run } of cases) it(name, async () => await run(open(), expect));
    });
  }
}
