/** StorageClass: how claimed volumes are made. */
import type { Report } from '../builder-error.ts';
import type { V1StorageClass } from '../gen/storage.k8s.io/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { ClusterManifest } from '../manifest.ts';

/** Calls a StorageClass needs. */
export type StorageClassCalls = '.provisioner()';

class StorageClassBuilder<M extends StorageClassCalls = StorageClassCalls> extends ClusterManifest<V1StorageClass, M> {
  static readonly apiVersion = 'storage.k8s.io/v1';
  static readonly kind = 'StorageClass';
  static readonly plural = 'storageclasses';
  static readonly namespaced = false;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1StorageClass): StorageClass<never> {
    return new StorageClassBuilder<never>('').lift(object);
  }

  /** Driver that makes the volumes. */
  provisioner(provisioner: string): StorageClass<never> {
    return this.with({ provisioner }) as never;
  }

  /** A setting of the driver. */
  parameter(key: string, value: string): this {
    return this.with({ parameters: { ...this.state.fields.parameters, [key]: value } });
  }

  /** What happens to a volume whose claim is deleted. @default 'Delete' */
  reclaimPolicy(policy: 'Retain' | 'Delete'): this {
    return this.with({ reclaimPolicy: policy });
  }

  /** Makes a volume only when a pod uses its claim, where the pod runs. @default as soon as it is claimed */
  waitForFirstConsumer(): this {
    return this.with({ volumeBindingMode: 'WaitForFirstConsumer' });
  }

  /** Claims may grow. */
  allowVolumeExpansion(on = true): this {
    return this.with({ allowVolumeExpansion: on });
  }

  /** Adds a mount option. */
  mountOption(option: string): this {
    return this.with({ mountOptions: [...(this.state.fields.mountOptions ?? []), option] });
  }

  /** Claims that name no class get this one. */
  default(on = true): this {
    return this.annotation('storageclass.kubernetes.io/is-default-class', String(on));
  }

  protected override check(object: V1StorageClass, report: Report): void {
    super.check(object, report);
    if (!object.provisioner) report('MISSING_CALL', 'provisioner', 'call .provisioner()');
  }
}

/**
 * A StorageClass. `.provisioner()` is required. All but labels and annotations is fixed once it exists.
 *
 *     new StorageClass('fast').provisioner('ebs.csi.aws.com').parameter('type', 'gp3').waitForFirstConsumer()
 *
 * @see https://kubernetes.io/docs/concepts/storage/storage-classes/
 */
export type StorageClass<M extends StorageClassCalls = StorageClassCalls> = StorageClassBuilder<M>;
export const StorageClass: KindToken<V1StorageClass> & {
  new (name: string): StorageClass;
  /** Holds a plain object as it is; nothing is derived and unknown fields stay. */
  from(object: V1StorageClass): StorageClass<never>;
} = StorageClassBuilder as never;
