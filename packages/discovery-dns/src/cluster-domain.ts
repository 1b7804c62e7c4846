/**
 * Finds the cluster's domain where kubelet writes it: in the search list of `resolv.conf`, as
 * `<namespace>.svc.<domain> svc.<domain> <domain>`.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#dns-policy
 */
export const defaultClusterDomain = 'cluster.local';

/** The domain named by a `resolv.conf`, or `cluster.local` when its search list names none. */
export function clusterDomainFrom(resolvConf: string): string {
  const search = resolvConf
    .split('\n')
    .filter((line) => /^search\s/.test(line))
    .at(-1); // the last search line wins, as in resolv.conf(5)
  const service = search?.split(/\s+/).find((name) => name.startsWith('svc.'));
  const found = service?.slice('svc.'.length).replace(/\.$/, '');
  return found === undefined || found === '' ? defaultClusterDomain : found;
}
