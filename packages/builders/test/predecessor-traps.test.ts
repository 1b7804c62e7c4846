/** The twelve traps of the predecessor, one test each. */
import {
  ClusterRole,
  ClusterRoleBinding,
  Container,
  CronJob,
  Deployment,
  IngressRule,
  Ingress,
  type Manifest,
  NetworkPolicy,
  NetworkPolicyEgress,
  NetworkPolicyIngress,
  PolicyRule,
  Role,
  Service,
  Volume,
} from '@k8sop/builders';
import { describe, expect, it } from 'vitest';
import { codesOf } from './problem-codes.ts';

const app = new Container('app', 'nginx:1.27');

describe('traps of the predecessor', () => {
  it('1: labels never break the selector; a contradiction is a problem', () => {
    const labelled = new Deployment('web').labels({ tier: 'front' }).container(app).toJSON();
    expect(labelled.spec?.selector).toEqual({ matchLabels: { app: 'web' } });
    expect(labelled.spec?.template.metadata?.labels).toEqual({ app: 'web', tier: 'front' });
    expect(codesOf(new Deployment('web').labels({ app: 'other' }).container(app))).toEqual(['SELECTOR_CONFLICT']);
  });

  it('2: replicas are left to an autoscaler unless called', () => {
    expect(new Deployment('web').container(app).toJSON().spec).not.toHaveProperty('replicas');
    expect(new Deployment('web').container(app).replicas(0).toJSON().spec?.replicas).toBe(0);
  });

  it('3: a repeated port replaces, and several ports are named', () => {
    const service = new Service('web').port(80, 8080).nodePort(80, 8080, 30_080).udpPort(80).port(443);
    expect(service.toJSON().spec?.ports).toEqual([
      { name: 'port-80', port: 80, targetPort: 8080, nodePort: 30_080 },
      { name: 'port-80-udp', port: 80, protocol: 'UDP' },
      { name: 'port-443', port: 443 },
    ]);
  });

  it('4: the last service type wins and clears; what cannot be is a problem', () => {
    expect(new Service('web').port(80).headless().loadBalancer().toJSON().spec).not.toHaveProperty('clusterIP');
    expect(codesOf(new Service('web').port(80).clusterIp().externalTrafficLocal())).toEqual(['SERVICE_TYPE']);
  });

  it('5: deny clears rules, types never repeat, a later allow opens again', () => {
    const rule = new NetworkPolicyIngress().tcpPort(80);
    const denied = new NetworkPolicy('web').allowIngress(rule).denyAllIngress().denyAllIngress();
    expect(denied.toJSON().spec).toEqual({ podSelector: {}, ingress: [], policyTypes: ['Ingress'] });
    expect(denied.allowIngress(rule).toJSON().spec?.ingress).toHaveLength(1);
    expect(denied.allowAllIngress().toJSON().spec?.ingress).toEqual([{}]);
  });

  it('6: one call of from or to is one peer, two calls are two', () => {
    const both = { namespaceSelector: { matchLabels: { env: 'prod' } }, podSelector: { matchLabels: { app: 'web' } } };
    const one = new NetworkPolicyIngress().from({ pods: { app: 'web' }, namespaces: { env: 'prod' } });
    expect(one.toJSON().from).toEqual([both]);
    const two = new NetworkPolicyEgress().toPodSelector({ app: 'web' }).toNamespaceSelector({ env: 'prod' });
    expect(two.toJSON().to).toHaveLength(2);
  });

  it('7: nothing incomplete is written silently', () => {
    const withoutContainer = new Deployment('web') as unknown as Manifest<object>;
    expect(codesOf(withoutContainer)).toEqual(['MISSING_CALL']);
    expect(codesOf(new Role('r').rule(new PolicyRule()))).toEqual(['RULE_EMPTY', 'RULE_EMPTY']);
    expect(codesOf(new Ingress('i').rule(new IngressRule().host('example.com')))).toEqual(['RULE_EMPTY']);
  });

  it('8: all calls of a rule append, in any order', () => {
    const one = new PolicyRule().coreApi().apiGroups(['apps', '']).resources(['pods']).readOnly().verbs(['get']);
    const other = new PolicyRule().verbs(['get', 'list', 'watch']).resources(['pods']).apiGroups(['']).appsApi();
    expect(one.toJSON()).toEqual(other.toJSON());
  });

  it('9: modes and optionality are options of the sources that have them', () => {
    expect(Volume.secret('s', 's', { defaultMode: '0644', optional: true }).toJSON()).toEqual({
      name: 's',
      secret: { secretName: 's', defaultMode: 420, optional: true },
    });
    expect(Volume.emptyDir('e').toJSON()).toEqual({ name: 'e', emptyDir: {} });
  });

  it('10: cluster-scoped kinds say so, for whoever sets owner references', () => {
    expect([ClusterRole.namespaced, ClusterRoleBinding.namespaced, Role.namespaced]).toEqual([false, false, true]);
  });

  it('11: labels of a cron job reach its pods, and its name leaves room for suffixes', () => {
    const cron = new CronJob('c', '@daily').label('team', 'data').container(app).toJSON();
    const labels = { app: 'c', team: 'data' };
    expect(cron.metadata.labels).toEqual(labels);
    expect(cron.spec?.jobTemplate.metadata?.labels).toEqual(labels);
    expect(cron.spec?.jobTemplate.spec?.template.metadata?.labels).toEqual(labels);
    expect(codesOf(new CronJob('c'.repeat(53), '@daily').container(app))).toEqual(['NAME']);
    expect(codesOf(new CronJob('c'.repeat(52), '@daily').container(app))).toEqual([]);
  });

  it('12: readOnly is written only where it is true', () => {
    const mounted = app.volumeMount('a', '/a').volumeMountReadonly('b', '/b').unchecked();
    expect(mounted.volumeMounts).toEqual([
      { name: 'a', mountPath: '/a' },
      { name: 'b', mountPath: '/b', readOnly: true },
    ]);
    expect(Volume.pvc('a', 'c').toJSON()).toEqual({ name: 'a', persistentVolumeClaim: { claimName: 'c' } });
  });
});
