// For users
export { clusterDomainFrom, defaultClusterDomain } from './cluster-domain.ts';
export { DiscoveryError, type DiscoveryErrorCode, isDiscoveryError } from './discovery-error.ts';
export { HeadlessServiceDiscovery, type HeadlessServiceDiscoveryOptions } from './headless-service-discovery.ts';
export {
  assertHeadlessService,
  type HeadlessService,
  parsePodName,
  podDnsName,
  type PodIdentity,
  podName,
  serviceDnsName,
} from './pod-identity.ts';

// For implementers
export { dnsResolver, type DnsResolverOptions, type Resolver } from './resolver.ts';
export { portOf, type SrvRecord } from './srv-records.ts';
