/** How a pod is summed up in a table: ready containers, one word of status, restarts. */
import { objectAt, objectsAt, textAt } from '../schema/builtin/fill.ts';
import type { JsonObject, KubeObject } from '../store/kube-object.ts';
import { ageOf } from './human-duration.ts';

export interface PodCells {
  readonly ready: string;
  readonly status: string;
  readonly restarts: string;
  readonly readinessGates: string;
}

export function podCells(pod: KubeObject, nowMs = 0): PodCells {
  const spec = objectAt(pod, 'spec');
  const status = objectAt(pod, 'status');
  const containers = objectsAt(status, 'containerStatuses');
  const ready = containers.filter((container) => container['ready'] === true && isRunning(container)).length;
  return {
    ready: `${ready}/${objectsAt(spec, 'containers').length}`,
    status: statusWord(pod, status),
    restarts: restartsText(containers, nowMs),
    readinessGates: gatesText(spec, status),
  };
}

function isRunning(container: JsonObject): boolean {
  return 'running' in objectAt(container, 'state');
}

/** The most telling word: a failing init container, a waiting or ended container, else the phase. */
function statusWord(pod: KubeObject, status: JsonObject): string {
  const initial = initWord(pod, status);
  let word = textAt(status, 'reason') || textAt(status, 'phase');
  if (initial !== undefined) word = initial;
  else {
    for (const container of objectsAt(status, 'containerStatuses').toReversed())
      word = containerWord(container) ?? word;
    const anyRunning = objectsAt(status, 'containerStatuses').some(isRunning);
    if (word === 'Completed' && anyRunning) word = isReady(status) ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp === undefined) return word;
  return textAt(status, 'reason') === 'NodeLost' ? 'Unknown' : 'Terminating';
}

function initWord(pod: KubeObject, status: JsonObject): string | undefined {
  const states = objectsAt(status, 'initContainerStatuses');
  const total = objectsAt(objectAt(pod, 'spec'), 'initContainers').length;
  for (const [index, container] of states.entries()) {
    const ended = objectAt(container, 'state', 'terminated');
    if (Object.keys(ended).length > 0) {
      if (ended['exitCode'] === 0 || ended['exitCode'] === undefined) continue;
      return `Init:${textAt(ended, 'reason') || `ExitCode:${JSON.stringify(ended['exitCode'])}`}`;
    }
    if (container['started'] === true && container['ready'] === true) continue;
    const reason = textAt(objectAt(container, 'state', 'waiting'), 'reason');
    return reason !== '' && reason !== 'PodInitializing' ? `Init:${reason}` : `Init:${index}/${total}`;
  }
  return undefined;
}

function containerWord(container: JsonObject): string | undefined {
  const waiting = textAt(objectAt(container, 'state', 'waiting'), 'reason');
  if (waiting !== '') return waiting;
  const ended = objectAt(container, 'state', 'terminated');
  if (Object.keys(ended).length === 0) return undefined;
  const signal = ended['signal'];
  if (textAt(ended, 'reason') !== '') return textAt(ended, 'reason');
  return typeof signal === 'number' && signal !== 0
    ? `Signal:${signal}`
    : `ExitCode:${JSON.stringify(ended['exitCode'] ?? 0)}`;
}

function isReady(status: JsonObject): boolean {
  return objectsAt(status, 'conditions').some(
    (condition) => condition['type'] === 'Ready' && condition['status'] === 'True',
  );
}

function restartsText(containers: readonly JsonObject[], nowMs: number): string {
  const restarts = containers.reduce((sum, container) => sum + Number(container['restartCount'] ?? 0), 0);
  const ends = containers
    .map((container) => textAt(objectAt(container, 'lastState', 'terminated'), 'finishedAt'))
    .filter((time) => time !== '')
    .toSorted();
  const last = ends.at(-1);
  return restarts === 0 || last === undefined ? `${restarts}` : `${restarts} (${ageOf(last, nowMs)} ago)`;
}

function gatesText(spec: JsonObject, status: JsonObject): string {
  const gates = objectsAt(spec, 'readinessGates').map((gate) => textAt(gate, 'conditionType'));
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) =>
    objectsAt(status, 'conditions').some((condition) => condition['type'] === gate && condition['status'] === 'True'),
  );
  return `${met.length}/${gates.length}`;
}
