/**
 * Entry `@k8sop/builders/schema`: finds fields the Kubernetes API does not know, with what was probably meant.
 *
 * The field table is some 70 KB and parsed on first use; that is why it has an entry of its own.
 */
export { unknownFields } from './unknown-fields.ts';
