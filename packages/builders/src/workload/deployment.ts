/** Deployment: interchangeable pods, replaced step by step. */
import type { Report } from '../builder-error.ts';
import { checkWhole } from '../check/numbers.ts';
import type { V1Deployment } from '../gen/apps/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import type { Container } from '../pod/container.ts';
import { type Duration, seconds } from '../values/duration.ts';
import { SelectorWorkload } from './selector-workload.ts';

/** Calls a Deployment needs. */
export type DeploymentCalls = '.container()';

/** How many pods may be missing or extra during an update: a number, or a percentage such as `'25%'`. */
export interface RollingUpdateOptions {
  /** @default '25%' */
  readonly maxSurge?: number | `${number}%`;
  /** @default '25%' */
  readonly maxUnavailable?: number | `${number}%`;
}

class DeploymentBuilder<M extends DeploymentCalls = DeploymentCalls> extends SelectorWorkload<V1Deployment, M> {
  static readonly apiVersion = 'apps/v1';
  static readonly kind = 'Deployment';
  static readonly plural = 'deployments';
  static readonly namespaced = true;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1Deployment): Deployment<never> {
    return new DeploymentBuilder<never>('').lift(object);
  }

  /** Adds a container. */
  container(container: Container<never>): Deployment<Exclude<M, '.container()'>> {
    return this.withContainers([container]) as never;
  }

  /** Adds containers. */
  containers(containers: readonly Container<never>[]): Deployment<Exclude<M, '.container()'>> {
    return this.withContainers(containers) as never;
  }

  /** Number of pods. Left out unless called, so that an autoscaler can own it. @default 1 */
  replicas(count: number): this {
    return this.withSpec({ replicas: count });
  }

  /** `'Recreate'` stops all old pods before new ones start. @default 'RollingUpdate' */
  strategy(type: 'Recreate' | 'RollingUpdate'): this {
    return this.withSpec({ strategy: { type } });
  }

  /** Replaces pods step by step. */
  rollingUpdate(options: RollingUpdateOptions = {}): this {
    return this.withSpec({ strategy: { type: 'RollingUpdate', rollingUpdate: { ...options } } });
  }

  /** Time without progress after which the rollout counts as failed. @default 600 s */
  progressDeadline(time: Duration): this {
    return this.withSpec({ progressDeadlineSeconds: seconds(time) });
  }

  /** Changes of the template are not rolled out until resumed. */
  paused(on = true): this {
    return this.withSpec({ paused: on });
  }

  protected override check(object: V1Deployment, report: Report): void {
    super.check(object, report);
    const spec = object.spec;
    checkWhole(spec?.replicas, 'spec.replicas', report);
    checkWhole(spec?.progressDeadlineSeconds, 'spec.progressDeadlineSeconds', report);
  }
}

/**
 * A Deployment. `.container()` is required. Selector and labels default to `{app: name}`.
 *
 *     new Deployment('web').replicas(3).container(new Container('app').image('nginx:1.27').port(80))
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export type Deployment<M extends DeploymentCalls = DeploymentCalls> = DeploymentBuilder<M>;
export const Deployment: KindToken<V1Deployment> & {
  new (name: string): Deployment;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1Deployment): Deployment<never>;
} = DeploymentBuilder as never;
