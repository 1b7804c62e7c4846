/** StatefulSet: pods with a stable name, a stable address and their own volumes. */
import type { Report } from '../builder-error.ts';
import { checkClaim } from '../check/claim.ts';
import { checkDuplicates } from '../check/duplicates.ts';
import { checkName, dnsLabel, serviceName } from '../check/names.ts';
import { checkWhole } from '../check/numbers.ts';
import type { V1StatefulSet } from '../gen/apps/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { nameOf, type Named } from '../manifest.ts';
import type { Container } from '../pod/container.ts';
import type { PersistentVolumeClaim } from '../storage/persistent-volume-claim.ts';
import { SelectorWorkload } from './selector-workload.ts';

/** Calls a StatefulSet needs. */
export type StatefulSetCalls = '.container()' | '.serviceName()';

/** What happens to the claims of pods that go away. */
export interface ClaimRetention {
  /** When the StatefulSet is deleted. @default 'Retain' */
  readonly whenDeleted?: 'Retain' | 'Delete';
  /** When it is scaled down. @default 'Retain' */
  readonly whenScaled?: 'Retain' | 'Delete';
}

class StatefulSetBuilder<M extends StatefulSetCalls = StatefulSetCalls> extends SelectorWorkload<V1StatefulSet, M> {
  static readonly apiVersion = 'apps/v1';
  static readonly kind = 'StatefulSet';
  static readonly plural = 'statefulsets';
  static readonly namespaced = true;

  constructor(name: string, service?: Named) {
    super(name, service === undefined ? {} : { spec: { serviceName: nameOf(service) } });
  }

  static from(object: V1StatefulSet): StatefulSet<never> {
    return new StatefulSetBuilder<never>('').lift(object);
  }

  /** Adds a container. */
  container(container: Container<never>): StatefulSet<Exclude<M, '.container()'>> {
    return this.withContainers([container]) as never;
  }

  /** Adds containers. */
  containers(containers: readonly Container<never>[]): StatefulSet<Exclude<M, '.container()'>> {
    return this.withContainers(containers) as never;
  }

  /** Headless service that gives the pods their addresses, by name or builder. Cannot change later. */
  serviceName(service: Named): StatefulSet<Exclude<M, '.serviceName()'>> {
    return this.withSpec({ serviceName: nameOf(service) }) as never;
  }

  /** Number of pods. Left out unless called, so that an autoscaler can own it. @default 1 */
  replicas(count: number): this {
    return this.withSpec({ replicas: count });
  }

  /** Gives every pod a claim of its own; containers mount it by the claim's name. Cannot change later. */
  volumeClaimTemplate(claim: PersistentVolumeClaim<never>): this {
    return this.withSpec({
      volumeClaimTemplates: [...(this.specFields.volumeClaimTemplates ?? []), claim.unchecked()],
    });
  }

  /** Starts and stops all pods at once instead of one by one. Cannot change later. */
  parallelPodManagement(): this {
    return this.withSpec({ podManagementPolicy: 'Parallel' });
  }

  /** `'OnDelete'` replaces a pod only when someone deletes it. @default 'RollingUpdate' */
  updateStrategy(type: 'RollingUpdate' | 'OnDelete'): this {
    return this.withSpec({ updateStrategy: { type } });
  }

  /** Updates only pods whose ordinal is at least this. @default 0 */
  partition(ordinal: number): this {
    return this.withSpec({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: ordinal } } });
  }

  /** What happens to the claims of pods that go away. */
  retention(retention: ClaimRetention): this {
    return this.withSpec({ persistentVolumeClaimRetentionPolicy: { ...retention } });
  }

  /** Ordinal of the first pod. @default 0 */
  ordinalsStart(ordinal: number): this {
    return this.withSpec({ ordinals: { start: ordinal } });
  }

  protected override claimNames(object: V1StatefulSet): readonly string[] {
    return (object.spec?.volumeClaimTemplates ?? []).map((claim) => claim.metadata?.name ?? '');
  }

  protected override check(object: V1StatefulSet, report: Report): void {
    super.check(object, report);
    const { replicas, ordinals, updateStrategy, serviceName: service, volumeClaimTemplates = [] } = object.spec ?? {};
    checkWhole(replicas, 'spec.replicas', report);
    checkWhole(ordinals?.start, 'spec.ordinals.start', report);
    checkWhole(updateStrategy?.rollingUpdate?.partition, 'spec.updateStrategy.rollingUpdate.partition', report);
    if (service === undefined) report('MISSING_CALL', 'spec.serviceName', 'call .serviceName()');
    else checkName(service, serviceName, 'spec.serviceName', report);
    const path = 'spec.volumeClaimTemplates';
    checkDuplicates(volumeClaimTemplates, (claim) => claim.metadata.name, 'claim name', path, report);
    for (const [index, claim] of volumeClaimTemplates.entries()) {
      checkName(claim.metadata.name, dnsLabel, `${path}[${index}].metadata.name`, report);
      checkClaim(claim.spec, `${path}[${index}].spec`, report);
    }
  }
}

/**
 * A StatefulSet. `.container()` and `.serviceName()` are required. Selector and labels default to `{app: name}`.
 *
 *     new StatefulSet('db', 'db-headless')
 *       .container(new Container('redis', 'redis:7').volumeMount('data', '/data'))
 *       .volumeClaimTemplate(new PersistentVolumeClaim('data', '10Gi'))
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
export type StatefulSet<M extends StatefulSetCalls = StatefulSetCalls> = StatefulSetBuilder<M>;
export const StatefulSet: KindToken<V1StatefulSet> & {
  new (name: string): StatefulSet;
  new (name: string, service: Named): StatefulSet<'.container()'>;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1StatefulSet): StatefulSet<never>;
} = StatefulSetBuilder as never;
