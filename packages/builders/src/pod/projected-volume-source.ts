/** One source of a projected volume. */
import { Fluent } from '../fluent.ts';
import type { V1VolumeProjection } from '../gen/core/v1.ts';
import { nameOf, type Named } from '../manifest.ts';
import { type Duration, seconds } from '../values/duration.ts';
import type { DownwardApiItem } from './downward-api-item.ts';
import { type FileItems, itemsOf } from './volume.ts';
import { attempt } from '../guard-calls.ts';

/** Options of a projected ConfigMap or Secret. */
export interface ProjectedConfigOptions {
  /** Keys to show, and as which paths. @default all, under their own names */
  readonly items?: FileItems;
  /** True: start also if the source or a key is absent. @default false */
  readonly optional?: boolean;
}

/**
 * A source that shares its directory with others.
 *
 *     Volume.projected('all', [ProjectedVolumeSource.configMap('web'), ProjectedVolumeSource.secret('web')])
 *
 * @see https://kubernetes.io/docs/concepts/storage/projected-volumes/
 */
export class ProjectedVolumeSource extends Fluent<V1VolumeProjection> {
  private constructor(source: V1VolumeProjection) {
    super(source);
  }

  /** The entries of a Secret. */
  static secret(secret: Named, options: ProjectedConfigOptions = {}): ProjectedVolumeSource {
    return attempt(
      'ProjectedVolumeSource.secret()',
      () => new ProjectedVolumeSource({ secret: { name: nameOf(secret), ...fieldsOf(options) } }),
    );
  }

  /** The entries of a ConfigMap. */
  static configMap(configMap: Named, options: ProjectedConfigOptions = {}): ProjectedVolumeSource {
    return attempt(
      'ProjectedVolumeSource.configMap()',
      () => new ProjectedVolumeSource({ configMap: { name: nameOf(configMap), ...fieldsOf(options) } }),
    );
  }

  /** A token of the pod's service account, renewed before it expires. @default 1 h, for the API server */
  static serviceAccountToken(
    path: string,
    options: { readonly expirationSeconds?: Duration; readonly audience?: string } = {},
  ): ProjectedVolumeSource {
    return attempt('ProjectedVolumeSource.serviceAccountToken()', () => {
      const { expirationSeconds, audience } = options;
      return new ProjectedVolumeSource({
        serviceAccountToken: {
          path,
          ...(expirationSeconds !== undefined && { expirationSeconds: seconds(expirationSeconds) }),
          ...(audience !== undefined && { audience }),
        },
      });
    });
  }

  /** Facts about the pod. */
  static downwardApi(items: readonly DownwardApiItem[]): ProjectedVolumeSource {
    return attempt(
      'ProjectedVolumeSource.downwardApi()',
      () => new ProjectedVolumeSource({ downwardAPI: { items: items.map((item) => item.unchecked()) } }),
    );
  }

  protected override subject(): string {
    return 'ProjectedVolumeSource';
  }
}

function fieldsOf({ items, optional }: ProjectedConfigOptions): object {
  return { ...(items && { items: itemsOf(items) }), ...(optional !== undefined && { optional }) };
}
