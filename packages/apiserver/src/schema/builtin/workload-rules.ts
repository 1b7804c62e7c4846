/** Rules of Deployment, ReplicaSet, StatefulSet, DaemonSet, Job and CronJob. */
import { deepEqual } from '../../store/deep-equal.ts';
import type { JsonObject } from '../../store/kube-object.ts';
import type { FieldError } from '../field-error.ts';
import { forbidden, invalidValue, notSupported, required } from '../field-errors.ts';
import { tooLongName } from '../name-rules.ts';
import { cronProblem } from './cron-schedule.ts';
import { objectAt, objectsAt, textAt } from './fill.ts';
import { nonNegative, oneOfTexts, templateErrors } from './pod-rules.ts';
import { isEmptySelector, selectorErrors, selectorMatches } from './selector-rules.ts';

type Rules = (object: JsonObject, old: JsonObject | undefined) => FieldError[];

export const deploymentErrors: Rules = (object, old) => {
  const spec = objectAt(object, 'spec');
  return [
    ...nonNegative(spec['replicas'], 'spec.replicas'),
    ...selectingErrors(spec, 'deployment'),
    ...strategyErrors(objectAt(spec, 'strategy')),
    ...nonNegative(spec['minReadySeconds'], 'spec.minReadySeconds'),
    ...nonNegative(spec['revisionHistoryLimit'], 'spec.revisionHistoryLimit'),
    ...deadlineErrors(spec),
    ...immutableSelector(object, old),
  ];
};

export const replicaSetErrors: Rules = (object, old) => {
  const spec = objectAt(object, 'spec');
  return [
    ...nonNegative(spec['replicas'], 'spec.replicas'),
    ...nonNegative(spec['minReadySeconds'], 'spec.minReadySeconds'),
    ...selectingErrors(spec, 'deployment'),
    ...immutableSelector(object, old),
  ];
};

export const daemonSetErrors: Rules = (object, old) => {
  const spec = objectAt(object, 'spec');
  return [
    ...selectingErrors(spec, 'daemonset'),
    ...nonNegative(spec['minReadySeconds'], 'spec.minReadySeconds'),
    ...oneOfTexts(objectAt(spec, 'updateStrategy')['type'], 'spec.updateStrategy.type', ['RollingUpdate', 'OnDelete']),
    ...nonNegative(spec['revisionHistoryLimit'], 'spec.revisionHistoryLimit'),
    ...immutableSelector(object, old),
  ];
};

const mutableInStatefulSet = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export const statefulSetErrors: Rules = (object, old) => {
  const spec = objectAt(object, 'spec');
  const errors = [
    ...oneOfTexts(spec['podManagementPolicy'], 'spec.podManagementPolicy', ['OrderedReady', 'Parallel']),
    ...oneOfTexts(objectAt(spec, 'updateStrategy')['type'], 'spec.updateStrategy.type', ['OnDelete', 'RollingUpdate']),
    ...nonNegative(spec['replicas'], 'spec.replicas'),
    ...nonNegative(spec['minReadySeconds'], 'spec.minReadySeconds'),
    ...selectingErrors(spec, 'statefulset'),
  ];
  if (old === undefined || deepEqual(fixedPart(object), fixedPart(old))) return errors;
  const named = mutableInStatefulSet.map((name) => `'${name}'`);
  const detail = `updates to statefulset spec for fields other than ${named.slice(0, -1).join(', ')} and ${named.at(-1)} are forbidden`;
  return [...errors, forbidden('spec', detail)];
};

function fixedPart(object: JsonObject): JsonObject {
  const entries = Object.entries(objectAt(object, 'spec')).filter(([name]) => !mutableInStatefulSet.includes(name));
  return Object.fromEntries(entries);
}

export const jobErrors: Rules = (object, old) => {
  const spec = objectAt(object, 'spec');
  const errors = jobSpecErrors(spec, 'spec');
  if (old === undefined) return errors;
  const before = objectAt(old, 'spec');
  const fixed = ['completions', 'selector', 'template', 'completionMode', 'podFailurePolicy'].filter((name) => {
    // an indexed job may grow, and a suspended one may still change where its pods go
    const isElastic = name === 'completions' && spec['completionMode'] === 'Indexed';
    return !isElastic && !deepEqual(spec[name], before[name]);
  });
  return [...errors, ...fixed.map((name) => invalidValue(`spec.${name}`, spec[name], 'field is immutable'))];
};

function jobSpecErrors(spec: JsonObject, path: string): FieldError[] {
  const counts = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'];
  const template = objectAt(spec, 'template');
  return [
    ...counts.flatMap((name) => nonNegative(spec[name], `${path}.${name}`)),
    ...selectorErrors(spec['selector'], `${path}.selector`),
    ...templateErrors(template, `${path}.template`),
    ...jobRestartErrors(textAt(objectAt(template, 'spec'), 'restartPolicy'), `${path}.template.spec.restartPolicy`),
  ];
}

function jobRestartErrors(policy: string, path: string): FieldError[] {
  if (policy === 'OnFailure' || policy === 'Never' || policy === '') return [];
  if (policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  return [notSupported(path, policy, ['OnFailure', 'Never'])];
}

/** A job's name is the cron job's plus 11 characters. */
const cronJobNameLength = 52;

export const cronJobErrors: Rules = (object) => {
  const spec = objectAt(object, 'spec');
  const name = textAt(objectAt(object, 'metadata'), 'name');
  const schedule = textAt(spec, 'schedule');
  const zone = spec['timeZone'];
  const errors: FieldError[] = [];
  if (schedule === '') errors.push(required('spec.schedule'));
  else {
    const problem = cronProblem(schedule);
    if (problem !== undefined) errors.push(invalidValue('spec.schedule', schedule, problem));
  }
  if (typeof zone === 'string' && !isTimeZone(zone)) {
    errors.push(invalidValue('spec.timeZone', zone, `unknown time zone ${zone}`));
  }
  errors.push(
    ...nonNegative(spec['startingDeadlineSeconds'], 'spec.startingDeadlineSeconds'),
    ...oneOfTexts(spec['concurrencyPolicy'], 'spec.concurrencyPolicy', ['Allow', 'Forbid', 'Replace']),
    ...nonNegative(spec['successfulJobsHistoryLimit'], 'spec.successfulJobsHistoryLimit'),
    ...nonNegative(spec['failedJobsHistoryLimit'], 'spec.failedJobsHistoryLimit'),
    ...jobSpecErrors(objectAt(spec, 'jobTemplate', 'spec'), 'spec.jobTemplate.spec'),
  );
  if (name.length > cronJobNameLength) errors.push(invalidValue('metadata.name', name, tooLongName(cronJobNameLength)));
  return errors;
};

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Status writes of Deployments and ReplicaSets. */
export function replicaStatusErrors(object: JsonObject): FieldError[] {
  const status = objectAt(object, 'status');
  const number = (name: string): number => (typeof status[name] === 'number' ? status[name] : 0);
  const counts = ['replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas'];
  const negative = counts.flatMap((name) => nonNegative(status[name], `status.${name}`));
  const above = ['updatedReplicas', 'readyReplicas', 'availableReplicas']
    .filter((name) => number(name) > number('replicas'))
    .map((name) => invalidValue(`status.${name}`, number(name), 'cannot be greater than status.replicas'));
  const beyondReady =
    number('availableReplicas') > number('readyReplicas')
      ? [invalidValue('status.availableReplicas', number('availableReplicas'), 'cannot be greater than readyReplicas')]
      : [];
  return [...negative, ...above, ...beyondReady];
}

/** The selector, and a template that it selects. */
function selectingErrors(spec: JsonObject, kind: string): FieldError[] {
  const { selector } = spec;
  const template = objectAt(spec, 'template');
  const labels = objectAt(template, 'metadata', 'labels');
  const errors: FieldError[] = [];
  if (selector === undefined || selector === null) errors.push(required('spec.selector'));
  else {
    errors.push(...selectorErrors(selector, 'spec.selector'));
    if (isEmptySelector(selector)) {
      errors.push(invalidValue('spec.selector', selector, `empty selector is invalid for ${kind}`));
    }
  }
  if (!isEmptySelector(selector) && !selectorMatches(selector, labels)) {
    const shown = Object.keys(labels).length === 0 ? null : labels;
    errors.push(invalidValue('spec.template.metadata.labels', shown, '`selector` does not match template `labels`'));
  }
  const claims = objectsAt(spec, 'volumeClaimTemplates').map((claim) => textAt(objectAt(claim, 'metadata'), 'name'));
  errors.push(...templateErrors(template, 'spec.template', claims));
  const policy = textAt(objectAt(template, 'spec'), 'restartPolicy');
  if (['OnFailure', 'Never'].includes(policy)) {
    errors.push(notSupported('spec.template.spec.restartPolicy', policy, ['Always']));
  }
  return errors;
}

function strategyErrors(strategy: JsonObject): FieldError[] {
  const path = 'spec.strategy';
  const rolling = strategy['rollingUpdate'];
  switch (textAt(strategy, 'type')) {
    case 'Recreate': {
      const detail = "may not be specified when strategy `type` is 'Recreate'";
      return rolling === undefined ? [] : [forbidden(`${path}.rollingUpdate`, detail)];
    }
    case 'RollingUpdate':
      if (rolling === undefined)
        return [required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil')];
      return rollingErrors(objectAt(strategy, 'rollingUpdate'), `${path}.rollingUpdate`);
    default:
      return oneOfTexts(strategy['type'], `${path}.type`, ['Recreate', 'RollingUpdate']);
  }
}

function rollingErrors(rolling: JsonObject, path: string): FieldError[] {
  const errors = ['maxUnavailable', 'maxSurge'].flatMap((name) => {
    const value = rolling[name];
    if (typeof value === 'number') return nonNegative(value, `${path}.${name}`);
    if (typeof value !== 'string' || /^[0-9]+%$/.test(value)) return [];
    const detail =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
    return [invalidValue(`${path}.${name}`, value, detail)];
  });
  const isZero = (name: string): boolean => rolling[name] === 0 || rolling[name] === '0%';
  if (isZero('maxUnavailable') && isZero('maxSurge')) {
    errors.push(invalidValue(`${path}.maxUnavailable`, rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0'));
  }
  return errors;
}

function deadlineErrors(spec: JsonObject): FieldError[] {
  const deadline = spec['progressDeadlineSeconds'];
  const ready = typeof spec['minReadySeconds'] === 'number' ? spec['minReadySeconds'] : 0;
  const path = 'spec.progressDeadlineSeconds';
  if (typeof deadline !== 'number') return [];
  const errors = nonNegative(deadline, path);
  return deadline <= ready ? [...errors, invalidValue(path, deadline, 'must be greater than minReadySeconds')] : errors;
}

function immutableSelector(object: JsonObject, old: JsonObject | undefined): FieldError[] {
  if (old === undefined) return [];
  const { selector } = objectAt(object, 'spec');
  const before = objectAt(old, 'spec')['selector'];
  return deepEqual(selector, before) ? [] : [invalidValue('spec.selector', selector, 'field is immutable')];
}
