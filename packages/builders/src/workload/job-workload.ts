/** What Job and CronJob share: pods that run to their end, and how often they may fail. */
import type { Report } from '../builder-error.ts';
import { checkJob } from '../check/job.ts';
import { objectAt, readAt, withAt } from '../edit/field-path.ts';
import type { V1JobSpec, V1PodFailurePolicyRule } from '../gen/batch/v1.ts';
import type { V1PodSpec } from '../gen/core/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import { type Duration, seconds } from '../values/duration.ts';
import { PodWorkload } from './pod-workload.ts';

/** Base of builders whose kind holds the spec of a job. */
export abstract class JobWorkload<T extends KubeObject, M extends string> extends PodWorkload<T, M> {
  /** Failures after which the job counts as failed. @default 6 */
  backoffLimit(count: number): this {
    return this.withJob({ backoffLimit: count });
  }

  /** Restarts a failed container in its pod instead of making a new pod. @default 'Never' */
  restartOnFailure(): this {
    return this.withPod({ restartPolicy: 'OnFailure' });
  }

  /** Pods that must succeed. @default 1 */
  completions(count: number): this {
    return this.withJob({ completions: count });
  }

  /** Pods that may run at once. @default 1 */
  parallelism(count: number): this {
    return this.withJob({ parallelism: count });
  }

  /** Time after which the job is stopped and counts as failed. @default none */
  activeDeadline(time: Duration): this {
    return this.withJob({ activeDeadlineSeconds: seconds(time) });
  }

  /** Time after which a finished job is deleted with its pods. @default never */
  ttlAfterFinished(time: Duration): this {
    return this.withJob({ ttlSecondsAfterFinished: seconds(time) });
  }

  /** Gives each completion an index, which pods find in `JOB_COMPLETION_INDEX`; needs `.completions()`. */
  indexed(): this {
    return this.withJob({ completionMode: 'Indexed' });
  }

  /** What exit codes and pod conditions mean, the first matching rule deciding; replaces. Needs restart policy Never. */
  podFailurePolicy(rules: readonly V1PodFailurePolicyRule[]): this {
    return this.withJob({ podFailurePolicy: { rules: structuredClone([...rules]) } });
  }

  /** Where the kind keeps the spec of the job. */
  protected get jobPath(): readonly string[] {
    return ['spec'];
  }

  protected override get templatePath(): readonly string[] {
    return [...this.jobPath, 'template'];
  }

  protected withJob(change: Partial<V1JobSpec>): this {
    const job = readAt(this.state.fields, this.jobPath) as Partial<V1JobSpec> | undefined;
    return this.change({ fields: withAt(this.state.fields, this.jobPath, { ...job, ...change }) });
  }

  protected override derive(draft: T): void {
    super.derive(draft);
    const pod = objectAt<Partial<V1PodSpec>>(draft, [...this.templatePath, 'spec']);
    pod.restartPolicy ??= 'Never';
  }

  protected override check(object: T, report: Report): void {
    super.check(object, report);
    checkJob((readAt(object, this.jobPath) ?? {}) as Partial<V1JobSpec>, this.jobPath.join('.'), report);
  }
}
