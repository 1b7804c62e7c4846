/** Kubeconfig files with one cluster, one user, one context. */
import { stringify } from 'yaml';

export interface KubeconfigInput {
  readonly url: string;
  /** PEM; absent for plain HTTP. */
  readonly ca: string | undefined;
  readonly user: string;
  readonly credentials: { readonly token: string } | { readonly certificate: string; readonly key: string };
  readonly namespace: string;
}

export function encodeKubeconfig(input: KubeconfigInput): string {
  const { credentials } = input;
  const user =
    'token' in credentials
      ? { token: credentials.token }
      : {
          'client-certificate-data': base64(credentials.certificate),
          'client-key-data': base64(credentials.key),
        };
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'k8sop',
        cluster: {
          server: input.url,
          ...(input.ca === undefined ? {} : { 'certificate-authority-data': base64(input.ca) }),
        },
      },
    ],
    users: [{ name: input.user, user }],
    contexts: [{ name: 'k8sop', context: { cluster: 'k8sop', user: input.user, namespace: input.namespace } }],
    'current-context': 'k8sop',
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
