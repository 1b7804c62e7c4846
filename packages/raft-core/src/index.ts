/** Public names: what users need, then what implementers of ports need. */
export { type NodeId, type Term, type LogIndex, noNode, isNodeId, isCount, nodeIdOf, ordinalOf } from './ids.ts';
export { RaftError, isRaftError, type RaftErrorCode, type RaftErrorDetails } from './errors.ts';
export { InvariantViolation, invariant, assertNever } from './invariant.ts';
export {
  type ChangeStep,
  type Configuration,
  type ConfigurationChange,
  type Member,
  configurationOf,
  configurationProblem,
  decodeConfiguration,
  emptyConfiguration,
  encodeConfiguration,
  equalConfigurations,
  isJoint,
  isLearner,
  isUuid,
  isVoter,
  memberOf,
} from './configuration.ts';
export {
  type Entry,
  type EntryType,
  type Timing,
  decodeTiming,
  encodeTiming,
  entriesSizeBytes,
  entryTypeCode,
  entryTypeOf,
  entryTypes,
  maxEntryBytes,
} from './entry.ts';
export {
  type AppendAccepted,
  type AppendRejected,
  type AppendRequest,
  type Goodbye,
  type Heartbeat,
  type HeartbeatResponse,
  type Message,
  type MessageClass,
  type MessageType,
  type PreVoteRequest,
  type PreVoteResponse,
  type SnapshotOffer,
  type TimeoutNow,
  type VoteRequest,
  type VoteResponse,
  isMessageType,
  messageClass,
} from './message.ts';
export { type HardState, emptyHardState } from './hard-state.ts';
export { type SnapshotMeta, type SnapshotRef, sameSnapshot } from './snapshot.ts';
export { type Hello, type PeerIdentity, cloneProblem, helloProblem, protocolVersions } from './hello.ts';
export type { RaftEvent, RaftEventType } from './core/event.ts';
export {
  type Effects,
  type EntryRequest,
  type PersistToken,
  type ReadState,
  clearEffects,
  createEffects,
} from './core/effect.ts';
export {
  type RaftCoreOptions,
  type ResolvedCoreOptions,
  type StoredLog,
  resolveCoreOptions,
} from './core/core-options.ts';
export { type PeerStatus, type RaftCore, type RaftStatus, createRaftCore } from './core/raft-node.ts';
export type { ProgressState } from './core/progress/progress.ts';
export type { CoreTrace, Role, TraceSink } from './core/trace.ts';
export { RaftDriver, type CallOptions } from './driver/raft-driver.ts';
export { startRaftDriver } from './driver/start-raft-driver.ts';
export { MemoryLogStore, openMemoryLogStore } from './memory/memory-log-store.ts';
export type { BootstrapOptions, CoreSettings, LeadershipListener, RaftDriverOptions } from './driver/driver-options.ts';
export type { Session } from './driver/command-envelope.ts';
export type { ProposalResult } from './driver/proposal-tracker.ts';
export {
  describeConfiguration,
  describeEffects,
  describeEntries,
  describeEntry,
  describeMessage,
  describePeer,
  describeStatus,
  describeTrace,
} from './inspect/describe.ts';
export type { DriverTrace, TraceEvent } from './inspect/trace-event.ts';
export type { Clock } from './ports/clock.ts';
export type {
  AppendBatch,
  LogStore,
  ReadRange,
  SnapshotSink,
  SnapshotSource,
  StoreIdentity,
  StoredState,
  WaitOptions,
} from './ports/log-store.ts';
export type { PeerAddressChange, PeerDiscovery } from './ports/peer-discovery.ts';
export type { Command, StateMachine } from './ports/state-machine.ts';
export type { Tracer } from './ports/tracer.ts';
export {
  type IdentifyAnswer,
  type JoinAnswer,
  type JoinRequest,
  type PeerAddress,
  type Transport,
  type TransportHandler,
  snapshotChunkBytes,
} from './ports/transport.ts';
