/** Volumes of a pod: one static constructor per source. */
import type { Report } from '../builder-error.ts';
import { checkName, dnsLabel } from '../check/names.ts';
import { Fluent } from '../fluent.ts';
import type { V1KeyToPath, V1PersistentVolumeClaim, V1Volume } from '../gen/core/v1.ts';
import { nameOf, type Named } from '../manifest.ts';
import { type FileMode, fileMode } from '../values/file-mode.ts';
import { type Quantity, quantityText } from '../values/quantity.ts';
import type { DownwardApiItem } from './downward-api-item.ts';
import type { ProjectedVolumeSource } from './projected-volume-source.ts';
import { attempt } from '../guard-calls.ts';

/** Keys to show as files: `{key: path}`. Other keys are left out. */
export type FileItems = Readonly<Record<string, string>>;

/** Options of volumes that show a ConfigMap or Secret. */
export interface ConfigVolumeOptions {
  /** Keys to show, and as which paths. @default all, under their own names */
  readonly items?: FileItems;
  /** Mode of the files. @default '0644' */
  readonly defaultMode?: FileMode;
  /** True: start also if the source or a key is absent. @default false */
  readonly optional?: boolean;
}

/** Options of volumes made of files that Kubernetes writes. */
export interface FilesVolumeOptions {
  /** Mode of the files. @default '0644' */
  readonly defaultMode?: FileMode;
}

/** A claim builder, as taken by generic ephemeral volumes. */
interface ClaimTemplate {
  unchecked(): V1PersistentVolumeClaim;
}

/**
 * A volume of a pod.
 *
 *     Volume.configMap('config', 'web', { defaultMode: '0444' })
 *
 * @see https://kubernetes.io/docs/concepts/storage/volumes/
 */
export class Volume extends Fluent<V1Volume> {
  private constructor(name: string, source: Partial<V1Volume>) {
    super({ name, ...source });
  }

  /** An empty directory that lives as long as the pod, on the node's disk. */
  static emptyDir<const Q extends string | number = never>(
    name: string,
    options: { readonly sizeLimit?: Quantity<Q> } = {},
  ): Volume {
    return attempt('Volume.emptyDir()', () => {
      const { sizeLimit } = options;
      return new Volume(name, { emptyDir: sizeLimit === undefined ? {} : { sizeLimit: quantityText(sizeLimit) } });
    });
  }

  /** An empty directory in memory; it counts towards the memory limit of its containers. */
  static emptyDirMemory<const Q extends string | number = never>(
    name: string,
    options: { readonly sizeLimit?: Quantity<Q> } = {},
  ): Volume {
    return attempt('Volume.emptyDirMemory()', () => {
      const { sizeLimit } = options;
      const size = sizeLimit === undefined ? {} : { sizeLimit: quantityText(sizeLimit) };
      return new Volume(name, { emptyDir: { medium: 'Memory', ...size } });
    });
  }

  /** The entries of a Secret as files. */
  static secret(name: string, secret: Named, options: ConfigVolumeOptions = {}): Volume {
    return attempt(
      'Volume.secret()',
      () => new Volume(name, { secret: { secretName: nameOf(secret), ...configFields(options) } }),
    );
  }

  /** The entries of a ConfigMap as files. */
  static configMap(name: string, configMap: Named, options: ConfigVolumeOptions = {}): Volume {
    return attempt(
      'Volume.configMap()',
      () => new Volume(name, { configMap: { name: nameOf(configMap), ...configFields(options) } }),
    );
  }

  /** A claimed persistent volume. */
  static pvc(name: string, claim: Named, options: { readonly readOnly?: boolean } = {}): Volume {
    return attempt(
      'Volume.pvc()',
      () =>
        new Volume(name, {
          persistentVolumeClaim: { claimName: nameOf(claim), ...(options.readOnly && { readOnly: true }) },
        }),
    );
  }

  /** A file or directory of the node. */
  static hostPath(
    name: string,
    path: string,
    options: {
      readonly type?:
        | 'BlockDevice'
        | 'CharDevice'
        | 'Directory'
        | 'DirectoryOrCreate'
        | 'File'
        | 'FileOrCreate'
        | 'Socket';
    } = {},
  ): Volume {
    return new Volume(name, { hostPath: { path, ...options } });
  }

  /** Several sources in one directory. */
  static projected(name: string, sources: readonly ProjectedVolumeSource[], options: FilesVolumeOptions = {}): Volume {
    return attempt(
      'Volume.projected()',
      () =>
        new Volume(name, {
          projected: { sources: sources.map((source) => source.unchecked()), ...modeOf(options) },
        }),
    );
  }

  /** Facts about the pod as files. */
  static downwardApi(name: string, items: readonly DownwardApiItem[], options: FilesVolumeOptions = {}): Volume {
    return attempt(
      'Volume.downwardApi()',
      () => new Volume(name, { downwardAPI: { items: items.map((item) => item.unchecked()), ...modeOf(options) } }),
    );
  }

  /** A volume that a CSI driver makes for this pod alone. */
  static csi(
    name: string,
    driver: string,
    options: {
      readonly attributes?: Readonly<Record<string, string>>;
      readonly fsType?: string;
      readonly readOnly?: boolean;
      readonly secret?: Named;
    } = {},
  ): Volume {
    return attempt('Volume.csi()', () => {
      const { attributes, fsType, readOnly, secret } = options;
      return new Volume(name, {
        csi: {
          driver,
          ...(attributes && { volumeAttributes: { ...attributes } }),
          ...(fsType !== undefined && { fsType }),
          ...(readOnly && { readOnly }),
          ...(secret !== undefined && { nodePublishSecretRef: { name: nameOf(secret) } }),
        },
      });
    });
  }

  /** A persistent volume that is claimed with the pod and deleted with it. The claim's name is not used. */
  static ephemeral(name: string, claim: ClaimTemplate): Volume {
    return attempt('Volume.ephemeral()', () => {
      const { metadata, spec } = claim.unchecked();
      const { name: _name, ...rest } = metadata;
      return new Volume(name, {
        ephemeral: {
          volumeClaimTemplate: { ...(Object.keys(rest).length > 0 && { metadata: rest }), spec: spec ?? {} },
        },
      });
    });
  }

  /** A directory of an NFS server. */
  static nfs(name: string, server: string, path: string, options: { readonly readOnly?: boolean } = {}): Volume {
    return new Volume(name, { nfs: { server, path, ...(options.readOnly && { readOnly: true }) } });
  }

  /** The content of an OCI image or artifact, read-only. */
  static image(
    name: string,
    reference: string,
    options: { readonly pullPolicy?: 'Always' | 'IfNotPresent' | 'Never' } = {},
  ): Volume {
    return new Volume(name, { image: { reference, ...options } });
  }

  /** Holds a plain value as it is: every source of the API. */
  static from(volume: V1Volume): Volume {
    return new Volume('', {}).lift(volume);
  }

  protected override check(volume: V1Volume, report: Report): void {
    checkName(volume.name, dnsLabel, 'name', report);
  }

  protected override subject(volume: V1Volume): string {
    return `Volume ${JSON.stringify(volume.name)}`;
  }
}

/** The API's form of the keys to show. */
export function itemsOf(items: FileItems): V1KeyToPath[] {
  return Object.entries(items).map(([key, path]) => ({ key, path }));
}

function modeOf({ defaultMode }: FilesVolumeOptions): { defaultMode?: number } {
  return defaultMode === undefined ? {} : { defaultMode: fileMode(defaultMode) };
}

function configFields(options: ConfigVolumeOptions): {
  items?: V1KeyToPath[];
  defaultMode?: number;
  optional?: boolean;
} {
  const { items, optional } = options;
  return {
    ...(items && { items: itemsOf(items) }),
    ...modeOf(options),
    ...(optional !== undefined && { optional }),
  };
}
