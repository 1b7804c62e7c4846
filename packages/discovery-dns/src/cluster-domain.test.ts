import { describe, expect, it } from 'vitest';
import { clusterDomainFrom } from './cluster-domain.ts';

describe('the cluster domain', () => {
  it.each([
    {
      why: "kubelet's search list",
      text: 'nameserver 10.96.0.10\nsearch prod.svc.k8s.example svc.k8s.example k8s.example\n',
      domain: 'k8s.example',
    },
    { why: 'a final dot', text: 'search svc.cluster.local. cluster.local.\n', domain: 'cluster.local' },
    { why: 'the last search line wins', text: 'search svc.old\nsearch svc.new\n', domain: 'new' },
    { why: 'no service domain in the list', text: 'search example.com\n', domain: 'cluster.local' },
    { why: 'an empty file', text: '', domain: 'cluster.local' },
  ])('is $domain: $why', ({ text, domain }) => {
    expect(clusterDomainFrom(text)).toBe(domain);
  });
});
