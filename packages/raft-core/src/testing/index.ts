/** Tools for tests of ports and of code that embeds a node; not for production. */
export { ManualClock } from './manual-clock.ts';
export { MemoryLogStore, openMemoryLogStore } from '../memory/memory-log-store.ts';
export { MemoryNetwork } from './memory-transport.ts';
export { MemoryStateMachine } from './memory-state-machine.ts';
export { ScriptedCluster, ScriptedNode, type ScriptOptions, scriptedUuid } from './scripted-cluster.ts';
export {
  runDriverSimulation,
  runSimulation,
  type DriverSimulationOptions,
  type SimulationOptions,
  type SimulationResult,
  type Violation,
} from './simulation/run-simulation.ts';
export { type Coverage, type CoverageName, addCoverage, emptyCoverage, uncovered } from './simulation/coverage.ts';
export { logStoreSuite, type StoreFixture } from './log-store-suite/log-store-suite.ts';
export { transportSuite } from './transport-suite/transport-suite.ts';
export type { TransportFixture } from './transport-suite/suite-node.ts';
export type { SuiteFramework } from './suite-framework.ts';
