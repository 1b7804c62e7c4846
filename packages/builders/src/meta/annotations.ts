/** Annotations: an immutable map of annotation keys to values. */
import { StringMap } from './string-map.ts';

/**
 * Annotations of an object. Wherever they are taken, a plain record is too.
 *
 *     new Annotations().insert('example.com/owner', 'team-web')
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
 */
export class Annotations extends StringMap {
  declare readonly '~map': 'annotations';

  /** Annotations with the entries of `record`. */
  static from(record: Readonly<Record<string, string>>): Annotations {
    return new Annotations(record);
  }
}
