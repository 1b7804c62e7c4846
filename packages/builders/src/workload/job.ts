/** Job: pods that run to their end. */
import { dnsLabel, type NameRule } from '../check/names.ts';
import type { V1Job } from '../gen/batch/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import type { Container } from '../pod/container.ts';
import { JobWorkload } from './job-workload.ts';

/** Calls a Job needs. */
export type JobCalls = '.container()';

class JobBuilder<M extends JobCalls = JobCalls> extends JobWorkload<V1Job, M> {
  static readonly apiVersion = 'batch/v1';
  static readonly kind = 'Job';
  static readonly plural = 'jobs';
  static readonly namespaced = true;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1Job): Job<never> {
    return new JobBuilder<never>('').lift(object);
  }

  /** Adds a container. */
  container(container: Container<never>): Job<Exclude<M, '.container()'>> {
    return this.withContainers([container]) as never;
  }

  /** Adds containers. */
  containers(containers: readonly Container<never>[]): Job<Exclude<M, '.container()'>> {
    return this.withContainers(containers) as never;
  }

  /** Stops all pods until resumed. */
  suspend(on = true): this {
    return this.withSpec({ suspend: on });
  }

  /** A pod label holds the name of the job, so that it has the length of a label. */
  protected override get nameRule(): NameRule {
    return dnsLabel;
  }

  protected override derive(draft: V1Job): void {
    super.derive(draft);
    this.deriveLabels(draft, { app: draft.metadata.name ?? '' });
  }
}

/**
 * A Job. `.container()` is required. Labels default to `{app: name}`, the restart policy of the pods to Never.
 *
 *     new Job('migrate').backoffLimit(3).container(new Container('job').image('busybox:1').command(['echo', 'hello']))
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export type Job<M extends JobCalls = JobCalls> = JobBuilder<M>;
export const Job: KindToken<V1Job> & {
  new (name: string): Job;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1Job): Job<never>;
} = JobBuilder as never;
