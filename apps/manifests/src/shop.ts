/** What all parts of the stack agree on. */
import { Namespace } from '@k8sop/builders';

/** The namespace; pods in it must satisfy the restricted Pod Security Standard. */
export const shop = new Namespace('shop').podSecurity('restricted');

/** Created outside of this stack, so that no password is in a repository: keys `username` and `password`. */
export const credentialsSecret = 'database-credentials';

/** Created by the certificate manager of the cluster. */
export const certificateSecret = 'shop-tls';

/** Names that the stack refers to and does not hold. */
export const external: readonly string[] = [`Secret/${credentialsSecret}`, `Secret/${certificateSecret}`];
