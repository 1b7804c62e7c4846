/** DaemonSet: one pod on every node. */
import type { V1DaemonSet } from '../gen/apps/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import type { Container } from '../pod/container.ts';
import type { RollingUpdateOptions } from './deployment.ts';
import { SelectorWorkload } from './selector-workload.ts';

/** Calls a DaemonSet needs. */
export type DaemonSetCalls = '.container()';

class DaemonSetBuilder<M extends DaemonSetCalls = DaemonSetCalls> extends SelectorWorkload<V1DaemonSet, M> {
  static readonly apiVersion = 'apps/v1';
  static readonly kind = 'DaemonSet';
  static readonly plural = 'daemonsets';
  static readonly namespaced = true;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1DaemonSet): DaemonSet<never> {
    return new DaemonSetBuilder<never>('').lift(object);
  }

  /** Adds a container. */
  container(container: Container<never>): DaemonSet<Exclude<M, '.container()'>> {
    return this.withContainers([container]) as never;
  }

  /** Adds containers. */
  containers(containers: readonly Container<never>[]): DaemonSet<Exclude<M, '.container()'>> {
    return this.withContainers(containers) as never;
  }

  /** How pods are replaced: step by step, or only when someone deletes them. */
  updateStrategy(type: 'RollingUpdate', options?: RollingUpdateOptions): this;
  updateStrategy(type: 'OnDelete'): this;
  updateStrategy(type: 'RollingUpdate' | 'OnDelete', options?: RollingUpdateOptions): this {
    return this.withSpec({ updateStrategy: { type, ...(options && { rollingUpdate: { ...options } }) } });
  }
}

/**
 * A DaemonSet. `.container()` is required. Selector and labels default to `{app: name}`.
 *
 *     new DaemonSet('agent').container(new Container('agent').image('datadog/agent:7'))
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
 */
export type DaemonSet<M extends DaemonSetCalls = DaemonSetCalls> = DaemonSetBuilder<M>;
export const DaemonSet: KindToken<V1DaemonSet> & {
  new (name: string): DaemonSet;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1DaemonSet): DaemonSet<never>;
} = DaemonSetBuilder as never;
