/** PersistentVolumeClaim: storage that outlives pods. */
import type { Report } from '../builder-error.ts';
import { checkClaim } from '../check/claim.ts';
import type { V1PersistentVolumeClaim, V1TypedLocalObjectReference } from '../gen/core/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { nameOf, type Named, NamespacedManifest } from '../manifest.ts';
import { type SelectorLike, selectorOf } from '../meta/selector.ts';
import { type Quantity, quantityText } from '../values/quantity.ts';

/** Calls a PersistentVolumeClaim needs. */
export type PersistentVolumeClaimCalls = '.storage()';

/** How nodes and pods may mount a volume. */
export type AccessMode = 'ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod';

class PersistentVolumeClaimBuilder<
  M extends PersistentVolumeClaimCalls = PersistentVolumeClaimCalls,
> extends NamespacedManifest<V1PersistentVolumeClaim, M> {
  static readonly apiVersion = 'v1';
  static readonly kind = 'PersistentVolumeClaim';
  static readonly plural = 'persistentvolumeclaims';
  static readonly namespaced = true;

  constructor(name: string, storage?: string | number) {
    super(name, storage === undefined ? {} : { spec: { resources: { requests: { storage: quantityText(storage) } } } });
  }

  static from(object: V1PersistentVolumeClaim): PersistentVolumeClaim<never> {
    return new PersistentVolumeClaimBuilder<never>('').lift(object);
  }

  /** Size, such as `'10Gi'`. It can grow later where the class allows it, never shrink. */
  storage<const Q extends string | number>(size: Quantity<Q>): PersistentVolumeClaim<never> {
    return this.withSpec({ resources: { requests: { storage: quantityText(size) } } }) as never;
  }

  /** Access modes; replaces. @default ['ReadWriteOnce'] */
  accessMode(...modes: readonly AccessMode[]): this {
    return this.withSpec({ accessModes: [...modes] });
  }

  /** Many nodes read and write. */
  readWriteMany(): this {
    return this.accessMode('ReadWriteMany');
  }

  /** Many nodes read. */
  readOnlyMany(): this {
    return this.accessMode('ReadOnlyMany');
  }

  /** One pod in the whole cluster reads and writes. */
  readWriteOncePod(): this {
    return this.accessMode('ReadWriteOncePod');
  }

  /** Storage class, by name or builder; `''` means none. @default the cluster's default class */
  storageClass(storageClass: Named): this {
    return this.withSpec({ storageClassName: nameOf(storageClass) });
  }

  /** `'Block'` gives pods a raw device. @default 'Filesystem' */
  volumeMode(mode: 'Filesystem' | 'Block'): this {
    return this.withSpec({ volumeMode: mode });
  }

  /** Fills the volume from a snapshot or another claim. */
  dataSource(source: V1TypedLocalObjectReference): this {
    return this.withSpec({ dataSource: { ...source } });
  }

  /** Binds only to volumes with these labels. */
  selector(selector: SelectorLike): this {
    return this.withSpec({ selector: selectorOf(selector) });
  }

  protected override derive(draft: V1PersistentVolumeClaim): void {
    super.derive(draft);
    draft.spec ??= {};
    draft.spec.accessModes ??= ['ReadWriteOnce'];
  }

  protected override check(object: V1PersistentVolumeClaim, report: Report): void {
    super.check(object, report);
    checkClaim(object.spec, 'spec', report);
  }
}

/**
 * A PersistentVolumeClaim. `.storage()` is required.
 *
 *     new PersistentVolumeClaim('data', '10Gi').storageClass('fast')
 *
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
export type PersistentVolumeClaim<M extends PersistentVolumeClaimCalls = PersistentVolumeClaimCalls> =
  PersistentVolumeClaimBuilder<M>;
export const PersistentVolumeClaim: KindToken<V1PersistentVolumeClaim> & {
  new (name: string): PersistentVolumeClaim;
  new <const Q extends string | number>(name: string, storage: Quantity<Q>): PersistentVolumeClaim<never>;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1PersistentVolumeClaim): PersistentVolumeClaim<never>;
} = PersistentVolumeClaimBuilder as never;
