import { describe, expect, it } from 'vitest';
import { assertHeadlessService, parsePodName, podDnsName, podName, serviceDnsName } from './pod-identity.ts';

const service = { set: 'op', service: 'op-raft', namespace: 'prod', clusterDomain: 'cluster.local' };

describe('pod identity', () => {
  it.each([
    { hostname: 'my-operator-0', set: 'my-operator', ordinal: 0 },
    { hostname: 'a-17', set: 'a', ordinal: 17 },
    { hostname: 'web-2-3', set: 'web-2', ordinal: 3 },
    { hostname: 'op-1.op-raft.prod.svc.cluster.local', set: 'op', ordinal: 1 },
  ])('reads $set and $ordinal from $hostname, and writes the same name', ({ hostname, set, ordinal }) => {
    expect(parsePodName(hostname)).toEqual({ set, ordinal });
    expect(podName({ set, ordinal })).toBe(hostname.split('.')[0]);
  });

  it.each([
    '',
    'operator',
    'operator-',
    '-0',
    'operator-x',
    'operator-01',
    'operator--',
    'Operator-1',
    'op-2147483648',
  ])('refuses the host name "%s" and says what to do', (hostname) => {
    expect(() => parsePodName(hostname)).toThrow(
      expect.objectContaining({ code: 'POD_NAME_INVALID', message: expect.stringContaining('StatefulSet') }),
    );
  });

  it('gives full DNS names, since dns.resolve knows no search list', () => {
    expect(podDnsName(service, 2)).toBe('op-2.op-raft.prod.svc.cluster.local');
    expect(serviceDnsName(service)).toBe('op-raft.prod.svc.cluster.local');
  });

  it.each([
    { field: 'service', value: 'Op_Raft' },
    { field: 'namespace', value: '' },
    { field: 'set', value: 'a'.repeat(64) },
    { field: 'clusterDomain', value: 'cluster.local.' },
  ])('refuses $field "$value", naming both', ({ field, value }) => {
    expect(() => assertHeadlessService({ ...service, [field]: value })).toThrow(
      expect.objectContaining({ code: 'DNS_NAME_INVALID', message: expect.stringContaining(`${field} "${value}"`) }),
    );
  });
});
