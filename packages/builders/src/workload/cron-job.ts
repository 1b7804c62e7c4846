/** CronJob: jobs on a schedule. */
import type { Report } from '../builder-error.ts';
import { scheduleProblem } from '../check/cron.ts';
import { dnsLabel, limited, type NameRule } from '../check/names.ts';
import { checkWhole } from '../check/numbers.ts';
import type { V1CronJob } from '../gen/batch/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import type { Container } from '../pod/container.ts';
import { type Duration, seconds } from '../values/duration.ts';
import { JobWorkload } from './job-workload.ts';

/** Calls a CronJob needs. */
export type CronJobCalls = '.schedule()' | '.container()';

class CronJobBuilder<M extends CronJobCalls = CronJobCalls> extends JobWorkload<V1CronJob, M> {
  static readonly apiVersion = 'batch/v1';
  static readonly kind = 'CronJob';
  static readonly plural = 'cronjobs';
  static readonly namespaced = true;

  constructor(name: string, schedule?: string) {
    super(name, schedule === undefined ? {} : { spec: { schedule } });
  }

  static from(object: V1CronJob): CronJob<never> {
    return new CronJobBuilder<never>('').lift(object);
  }

  /** When jobs start: minute, hour, day of month, month, day of week, or `@hourly`, `@daily`, `@weekly` …. */
  schedule(schedule: string): CronJob<Exclude<M, '.schedule()'>> {
    return this.withSpec({ schedule }) as never;
  }

  /** Adds a container. */
  container(container: Container<never>): CronJob<Exclude<M, '.container()'>> {
    return this.withContainers([container]) as never;
  }

  /** Adds containers. */
  containers(containers: readonly Container<never>[]): CronJob<Exclude<M, '.container()'>> {
    return this.withContainers(containers) as never;
  }

  /** Time zone of the schedule, such as `Europe/Berlin`. @default that of the controller, usually UTC */
  timeZone(zone: string): this {
    return this.withSpec({ timeZone: zone });
  }

  /** Skips a run while the last one is still going. */
  forbidConcurrent(): this {
    return this.withSpec({ concurrencyPolicy: 'Forbid' });
  }

  /** Stops the last run, if it is still going, when the next one starts. */
  replaceConcurrent(): this {
    return this.withSpec({ concurrencyPolicy: 'Replace' });
  }

  /** Starts no further jobs until resumed. */
  suspend(on = true): this {
    return this.withSpec({ suspend: on });
  }

  /** Finished jobs that are kept. @default 3 succeeded, 1 failed */
  historyLimits(succeeded: number, failed: number): this {
    return this.withSpec({ successfulJobsHistoryLimit: succeeded, failedJobsHistoryLimit: failed });
  }

  /** How late a missed run may still start. @default any time */
  startingDeadline(time: Duration): this {
    return this.withSpec({ startingDeadlineSeconds: seconds(time) });
  }

  protected override get jobPath(): readonly string[] {
    return ['spec', 'jobTemplate', 'spec'];
  }

  /** Names of jobs are that of the cron job and a suffix of 11 characters. */
  protected override get nameRule(): NameRule {
    return limited(dnsLabel, 52);
  }

  protected override derive(draft: V1CronJob): void {
    super.derive(draft);
    this.deriveLabels(draft, { app: draft.metadata.name ?? '' }, [['spec', 'jobTemplate']]);
  }

  protected override check(object: V1CronJob, report: Report): void {
    super.check(object, report);
    const { schedule, startingDeadlineSeconds, successfulJobsHistoryLimit, failedJobsHistoryLimit } = object.spec ?? {};
    if (schedule === undefined) report('MISSING_CALL', 'spec.schedule', 'call .schedule()');
    else {
      const problem = scheduleProblem(schedule);
      if (problem !== undefined) report('CRON', 'spec.schedule', `${JSON.stringify(schedule)}: ${problem}`);
    }
    checkWhole(startingDeadlineSeconds, 'spec.startingDeadlineSeconds', report);
    checkWhole(successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', report);
    checkWhole(failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', report);
  }
}

/**
 * A CronJob. `.schedule()` and `.container()` are required. Labels default to `{app: name}` on the cron job, its jobs
 * and their pods; the restart policy of the pods to Never.
 *
 *     new CronJob('nightly', '0 3 * * *').container(new Container('cron', 'busybox:1'))
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
export type CronJob<M extends CronJobCalls = CronJobCalls> = CronJobBuilder<M>;
export const CronJob: KindToken<V1CronJob> & {
  new (name: string): CronJob;
  new (name: string, schedule: string): CronJob<'.container()'>;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1CronJob): CronJob<never>;
} = CronJobBuilder as never;
