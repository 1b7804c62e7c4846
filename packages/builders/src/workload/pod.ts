/** Pod: one instance, without anything that replaces it. */
import type { V1Pod } from '../gen/core/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import type { Container } from '../pod/container.ts';
import { PodWorkload } from './pod-workload.ts';

/** Calls a Pod needs. */
export type PodCalls = '.container()';

class PodBuilder<M extends PodCalls = PodCalls> extends PodWorkload<V1Pod, M> {
  static readonly apiVersion = 'v1';
  static readonly kind = 'Pod';
  static readonly plural = 'pods';
  static readonly namespaced = true;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1Pod): Pod<never> {
    return new PodBuilder<never>('').lift(object);
  }

  /** Adds a container. */
  container(container: Container<never>): Pod<Exclude<M, '.container()'>> {
    return this.withContainers([container]) as never;
  }

  /** Adds containers. */
  containers(containers: readonly Container<never>[]): Pod<Exclude<M, '.container()'>> {
    return this.withContainers(containers) as never;
  }

  /** Restarts containers whenever they end: the default, written out. */
  restartAlways(): this {
    return this.withPod({ restartPolicy: 'Always' });
  }

  /** Never restarts containers. */
  restartNever(): this {
    return this.withPod({ restartPolicy: 'Never' });
  }

  /** Restarts containers that fail. */
  restartOnFailure(): this {
    return this.withPod({ restartPolicy: 'OnFailure' });
  }

  protected override get templatePath(): readonly string[] {
    return [];
  }
}

/**
 * A Pod. `.container()` is required. It has no default labels.
 *
 *     new Pod('shell').restartNever().container(new Container('shell').image('busybox:1'))
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/
 */
export type Pod<M extends PodCalls = PodCalls> = PodBuilder<M>;
export const Pod: KindToken<V1Pod> & {
  new (name: string): Pod;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1Pod): Pod<never>;
} = PodBuilder as never;
