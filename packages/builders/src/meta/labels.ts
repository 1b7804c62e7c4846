/** Labels: an immutable map of label keys to values. */
import { StringMap } from './string-map.ts';

/**
 * Labels of an object. Wherever they are taken, a plain record is too.
 *
 *     new Labels().insert('app', 'web').insert('tier', 'front')
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
export class Labels extends StringMap {
  declare readonly '~map': 'labels';

  /** Labels with the entries of `record`. */
  static from(record: Readonly<Record<string, string>>): Labels {
    return new Labels(record);
  }
}
