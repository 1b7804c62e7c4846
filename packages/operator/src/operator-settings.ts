/**
 * What an operator has collected, kept outside of its public surface so that `Manager` can read it.
 */

import {
  type AnyKind,
  CONTROLLER_DEFAULTS,
  controllerName,
  type ControllerSpec,
  desiredStateChanged,
  type LeadershipGate,
  type Logger,
  type PrometheusMetrics,
  RuntimeError,
} from '@k8sop/runtime';
import type { Election } from './election.ts';

export interface ProbeOptions {
  /** 0 takes any free port, which the log names. @default 8081 */
  readonly port?: number;
  /** Address to listen on. @default every interface, which kubelet needs */
  readonly host?: string;
}

/** A prom-client `Registry`. */
export type MetricsRegistry = PrometheusMetrics['registry'];

/** Settings of the process rather than of one controller. */
export interface ProcessSettings {
  readonly probes?: ProbeOptions | false;
  readonly election?: Election | LeadershipGate;
  readonly logger?: Logger;
  readonly metrics?: MetricsRegistry;
  readonly drainTimeoutMs?: number;
}

export interface OperatorSettings {
  readonly spec: Omit<ControllerSpec, 'reconcile'> & { readonly reconcile?: ControllerSpec['reconcile'] };
  readonly process: ProcessSettings;
}

const settingsByOperator: WeakMap<object, OperatorSettings> = new WeakMap();

/** Attaches settings to an operator; once, in its constructor. */
export function keepSettings(operator: object, settings: OperatorSettings): void {
  settingsByOperator.set(operator, settings);
}

/** The settings attached to an operator. */
export function settingsOf(operator: object): OperatorSettings {
  const settings = settingsByOperator.get(operator);
  if (settings !== undefined) return settings;
  throw new RuntimeError('OPTION_INVALID', 'expected an Operator of this copy of @k8sop/operator');
}

/** @throws RuntimeError `OPTION_INVALID` for a JavaScript caller who left out `.reconcile()`. */
export function completeSpec({ spec }: OperatorSettings): ControllerSpec {
  if (spec.reconcile !== undefined) return spec as ControllerSpec;
  throw new RuntimeError('OPTION_INVALID', `operator of ${spec.kind.kind}: .reconcile() is missing`);
}

/** What a new operator of `kind` has. */
export function defaultSettings(kind: AnyKind): OperatorSettings {
  const name = controllerName(kind);
  return {
    spec: {
      ...CONTROLLER_DEFAULTS,
      name,
      kind,
      owns: [],
      watches: [],
      predicate: desiredStateChanged,
      namespaces: [],
      indexes: [],
      fieldManager: name,
    },
    process: {},
  };
}
