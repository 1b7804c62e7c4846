/**
 * Entry `@k8sop/builders/kinds`: a token per built-in kind, and the table of all of them.
 *
 * Of several versions the newest stable one has the plain name; others carry their version (`IPAddressV1beta1`).
 */
export * from '../gen/kind-tokens.ts';
export type { Kind, KubeObject, ObjectMeta } from './kind.ts';
export { kindOf } from './kind-of.ts';
export { type KindToken, kindToken, type ManifestBody, type ManifestBodyArgs } from './kind-token.ts';
