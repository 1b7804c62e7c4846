/**
 * Pod name ⇄ ordinal, both ways. A StatefulSet names its pods `<set>-<ordinal>`, ordinals from 0 (or `ordinals.start`),
 * and a headless Service gives each a stable DNS name.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity
 */
import { DiscoveryError } from './discovery-error.ts';

export interface PodIdentity {
  /** Name of the StatefulSet. */
  readonly set: string;
  /** Integer ≥ 0. */
  readonly ordinal: number;
}

export interface HeadlessService {
  /** Name of the StatefulSet, hence the first part of each pod's name. */
  readonly set: string;
  /** Name of the headless Service (`spec.serviceName` of the StatefulSet). */
  readonly service: string;
  readonly namespace: string;
  /** Domain of the cluster, without dots at its ends. */
  readonly clusterDomain: string;
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const domain = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
const highestOrdinal = 2 ** 31 - 1;

/**
 * Reads the ordinal from a host name such as `my-operator-0`, or from the pod's full DNS name.
 *
 * @throws code `POD_NAME_INVALID` when there is none; the message says what to set instead.
 */
export function parsePodName(hostname: string): PodIdentity {
  const [first = ''] = hostname.split('.');
  const match = /^(.+)-(0|[1-9]\d*)$/.exec(first);
  const ordinal = Number(match?.[2]);
  const set = match?.[1] ?? '';
  if (!label.test(first) || !match || ordinal > highestOrdinal) {
    throw new DiscoveryError(
      'POD_NAME_INVALID',
      `host name "${hostname}" does not end in a StatefulSet ordinal such as "my-operator-0"; ` +
        'run the pods in a StatefulSet, or give the node id yourself',
    );
  }
  return { set, ordinal };
}

/** The pod's name; the inverse of `parsePodName`. */
export function podName({ set, ordinal }: PodIdentity): string {
  return `${set}-${ordinal}`;
}

/** The pod's stable DNS name, full: `dns.resolve` does not use the search list of `resolv.conf`. */
export function podDnsName(service: HeadlessService, ordinal: number): string {
  return `${podName({ set: service.set, ordinal })}.${serviceDnsName(service)}`;
}

/** The headless Service's own DNS name; its SRV records carry the port. */
export function serviceDnsName({ service, namespace, clusterDomain }: HeadlessService): string {
  return `${service}.${namespace}.svc.${clusterDomain}`;
}

/** @throws code `DNS_NAME_INVALID`, naming the field, its value and what is allowed. */
export function assertHeadlessService(service: HeadlessService): void {
  for (const field of ['set', 'service', 'namespace'] as const) {
    if (!label.test(service[field])) {
      throw new DiscoveryError(
        'DNS_NAME_INVALID',
        `${field} "${service[field]}" is no DNS label: use at most 63 of a-z, 0-9 and "-", not "-" at either end`,
      );
    }
  }
  if (!domain.test(service.clusterDomain)) {
    throw new DiscoveryError(
      'DNS_NAME_INVALID',
      `clusterDomain "${service.clusterDomain}" is no DNS name: use labels such as "cluster.local", without a dot at the end`,
    );
  }
}
