/**
 * The consensus thread: storage, gRPC and Raft, away from reconciles and large JSON. Its lease goes to shared memory; a thread
 * that dies lets it expire.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { type Member, RaftError, type RaftErrorCode, type RaftStatus } from '@k8sop/raft-core';
import { rehearseElections } from './election-rehearsal.ts';
import type { RecordOutcome, VotersChange } from './genesis-record.ts';
import { KvStateMachine } from './kv-state-machine.ts';
import { voterTarget } from './membership-plan.ts';
import { nodeReport } from './node-report.ts';
import { RaftNode } from './raft-node.ts';
import {
  type NodeView,
  plainError,
  type ThreadData,
  type ThreadRequest,
  type ToMain,
  type ToThread,
} from './raft-thread-protocol.ts';
import { SharedLease } from './shared-lease.ts';

/** The main thread must have been alive this recently for its process to lead. */
const beatLimitMs = 15_000;
const viewIntervalMs = 250;
/** A learner, which never stands for election, names a leader for this many vote promises after it last heard from it. */
const silentAfterPromises = 8;

const { settings, lease: memory } = workerData as ThreadData;
const port = parentPort as NonNullable<typeof parentPort>;
const lease = new SharedLease(memory);
const map = new KvStateMachine();
const stop = new AbortController();
type RecordWaiter = { resolve: (outcome: RecordOutcome | undefined) => void; reject: (error: Error) => void };
const records = new Map<number, RecordWaiter>();
let recordCount = 0;
let announcedTerm = 0;
let lastView = '';
let rehearsing = false;

const say = (message: ToMain): void => port.postMessage(message);

/** Nothing else may touch the lease: a thread with two nodes would have two truths. */
const node = await openNode();
say({ type: 'opened', storage: node.storage });
port.on('message', (message: ToThread) => void receive(message));
const timers = [setInterval(watchMain, 1_000), setInterval(tellView, viewIntervalMs)];

async function openNode(): Promise<RaftNode> {
  try {
    return await RaftNode.open(settings, {
      stateMachine: map,
      leadership: {
        lease: ({ term, validUntilMs }) => publish(term, validUntilMs),
        revoke: (term) => {
          lease.revoke();
          announcedTerm = 0;
          say({ type: 'revoke', term });
        },
        changed: () => queueMicrotask(tellView), // the driver may still be starting
      },
      problem: (message) => say({ type: 'problem', message }),
      certificates: (expiry) => say({ type: 'certificates', expiry }),
      failed: (error) => say({ type: 'fatal', error: plainError(error) }),
      record: recordVoters,
    });
  } catch (error) {
    say({ type: 'fatal', error: plainError(error) });
    throw error;
  }
}

function publish(term: number, validUntilMs: number): void {
  if (mainIsSilent()) return; // an operator that hangs must not hold the lease
  const { clusterId, generation } = node.driver.identity;
  const lapsed = lease.remainingMsOf({ generation, term }) <= 0;
  lease.publish({ generation, term, validUntilMs });
  if (term === announcedTerm && !lapsed) return;
  announcedTerm = term;
  say({ type: 'leadership', clusterId, generation, term });
}

async function receive(message: ToThread): Promise<void> {
  switch (message.type) {
    case 'stopped':
      node.driver.reconcilerStopped(message.term);
      return;
    case 'replicas':
      node.setReplicas(message.replicas);
      return;
    case 'recorded':
      settleRecord(message);
      return;
    case 'shutdown':
      await shutDown();
      return;
    case 'start':
    case 'restart':
    case 'discard':
    case 'standing':
    case 'report':
    case 'identify':
    case 'ask':
    case 'leave':
    case 'propose':
    case 'read':
    case 'confirm':
    case 'confirmVoters':
    case 'transfer':
      try {
        say({ type: 'answer', request: message.request, value: await answer(message) });
      } catch (error) {
        say({ type: 'failure', request: message.request, error: plainError(error) });
      }
  }
}

async function answer(message: ThreadRequest): Promise<unknown> {
  switch (message.type) {
    case 'start':
      await node.start(message.bootstrap);
      void rehearse();
      return undefined;
    case 'restart':
      await node.restart(message.bootstrap);
      return undefined;
    case 'discard':
      return await node.discard();
    case 'standing':
      return node.standing();
    case 'report':
      return nodeReport(settings, node.driver.status(), node.driver.identity, lease.read().remainingMs);
    case 'identify':
      return await node.identify(message.id, message.limitMs, stop.signal);
    case 'ask':
      return await node.ask(message.contact, stop.signal);
    case 'leave':
      return await node.leave(message.limitMs, stop.signal).then(
        () => true,
        () => false,
      );
    case 'propose': {
      const { result } = await node.driver.propose(message.command, { signal: stop.signal });
      return result;
    }
    case 'read':
      await node.driver.readIndex({ signal: stop.signal });
      return map.get(message.key);
    case 'confirm':
      await node.driver.readIndex({ signal: stop.signal, byQuorum: true });
      return undefined;
    case 'confirmVoters':
      return await node.confirmVoters(message.voters);
    case 'transfer':
      return await node.handOver(message);
  }
}

/** Not ready meanwhile: a leader that stops would hand over to a thread that has no time for it. */
async function rehearse(): Promise<void> {
  rehearsing = true;
  try {
    await rehearseElections(50, stop);
  } catch (error) {
    say({ type: 'problem', message: String(error) });
  } finally {
    rehearsing = false;
    if (!stop.signal.aborted) tellView();
  }
}

function recordVoters(change: VotersChange): Promise<RecordOutcome | undefined> {
  recordCount += 1;
  const request = recordCount;
  return new Promise((resolve, reject) => {
    records.set(request, { resolve, reject });
    say({ type: 'record', request, change });
  });
}

function settleRecord({ request, outcome, error }: Extract<ToThread, { readonly type: 'recorded' }>): void {
  const waiting = records.get(request);
  records.delete(request);
  if (error === undefined) return waiting?.resolve(outcome);
  // The API server's own failures pass by themselves; ours are told to a person.
  const code = (error.code.startsWith('RAFT_') ? error.code : 'RAFT_STOPPED') as RaftErrorCode;
  waiting?.reject(new RaftError(code, error.message));
}

function mainIsSilent(): boolean {
  return lease.sinceBeatMs() > beatLimitMs;
}

/** A wedged main thread must not keep its followers waiting: the lease is given up and leadership offered to others. */
function watchMain(): void {
  if (!mainIsSilent() || announcedTerm === 0) return;
  lease.revoke();
  announcedTerm = 0;
  say({
    type: 'problem',
    message: `the main thread has been blocked for over ${beatLimitMs / 1_000} s: leadership is handed over`,
  });
  void node.handOver({ stopped: false }).catch(() => {}); // refused: nobody could take it, and the lease is not renewed
}

function tellView(): void {
  const status = node.status();
  if (status === undefined) return; // not started yet
  const view = viewOf(status);
  const text = JSON.stringify(view);
  if (text === lastView) return;
  lastView = text;
  say({ type: 'view', view });
}

function viewOf(status: RaftStatus): NodeView {
  const { id, uuid, configuration, role, term, leaderSeenMsAgo, timing, applied, commit } = status;
  const leaderId = leaderSeenMsAgo > silentAfterPromises * timing.electionTimeoutMs ? 0 : status.leaderId;
  const among = (members: readonly Member[]): boolean =>
    members.some((member) => member.id === id && member.uuid === uuid);
  const voter = among(configuration.voters);
  const member = voter ? 'voter' : among(configuration.learners) ? 'learner' : 'none';
  const members = configuration.voters.length + configuration.learners.length;
  const promotionDue = member === 'learner' && configuration.voters.length < voterTarget(members, settings.maxVoters);
  return { role, term, leaderId, caughtUp: commit > 0 && commit - applied < 64, member, promotionDue, rehearsing };
}

async function shutDown(): Promise<void> {
  for (const timer of timers) clearInterval(timer);
  stop.abort(new RaftError('RAFT_STOPPED', 'the process stops'));
  lease.revoke();
  await node[Symbol.asyncDispose]();
  port.close();
}
