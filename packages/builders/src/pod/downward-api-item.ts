/** One file of a downward API volume. */
import { Fluent } from '../fluent.ts';
import type { V1DownwardAPIVolumeFile } from '../gen/core/v1.ts';
import { type FileMode, fileMode } from '../values/file-mode.ts';
import { type Quantity, quantityText } from '../values/quantity.ts';

/**
 * A fact about the pod, shown as a file.
 *
 *     DownwardApiItem.field('labels', 'metadata.labels')
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
 */
export class DownwardApiItem extends Fluent<V1DownwardAPIVolumeFile> {
  private constructor(item: V1DownwardAPIVolumeFile) {
    super(item);
  }

  /** A field of the pod, such as `metadata.labels`. */
  static field(path: string, fieldPath: string): DownwardApiItem {
    return new DownwardApiItem({ path, fieldRef: { fieldPath } });
  }

  /** A resource of a container, such as `limits.memory`, divided by `divisor`. */
  static resource<const Q extends string | number = never>(
    path: string,
    container: string,
    resource: string,
    options: { readonly divisor?: Quantity<Q> } = {},
  ): DownwardApiItem {
    const { divisor } = options;
    return new DownwardApiItem({
      path,
      resourceFieldRef: {
        containerName: container,
        resource,
        ...(divisor !== undefined && { divisor: quantityText(divisor) }),
      },
    });
  }

  /** Mode of the file. @default the volume's */
  mode(mode: FileMode): this {
    return this.with({ mode: fileMode(mode) });
  }

  protected override subject(item: V1DownwardAPIVolumeFile): string {
    return `DownwardApiItem ${JSON.stringify(item.path)}`;
  }
}
