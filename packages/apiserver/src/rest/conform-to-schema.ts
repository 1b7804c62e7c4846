/** Prunes unknown fields, names them in warnings or errors, and fills defaults. */
import type { KubeObject } from '../store/kube-object.ts';
import type { DecodedObject } from './decode-object.ts';
import type { ServedResource } from './served-resource.ts';
import type { WriteOptions } from './write-options.ts';

export function conformToSchema(
  _served: ServedResource,
  object: KubeObject,
  _text: string | undefined,
  _options: WriteOptions,
): DecodedObject {
  return { object, warnings: [] };
}
