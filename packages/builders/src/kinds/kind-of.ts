/** Looks a built-in kind up by what an object says about itself. */
import { builtInKinds } from '../gen/kind-tokens.ts';
import type { Kind, KubeObject } from './kind.ts';

let byName: ReadonlyMap<string, Kind<KubeObject>> | undefined;

/** The built-in kind of that apiVersion and kind, or undefined for custom resources and kinds of other releases. */
export function kindOf(apiVersion: string, kind: string): Kind<KubeObject> | undefined {
  byName ??= new Map(builtInKinds.map((known) => [`${known.apiVersion} ${known.kind}`, known]));
  return byName.get(`${apiVersion} ${kind}`);
}
