import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../store/kube-object.ts';
import { defaultBuiltin } from './kind-defaults.ts';

const container = {
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
};
const podSpec = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};

interface Case {
  group: string;
  kind: string;
  given: JsonObject;
  becomes: JsonObject;
}

describe('defaults of built-in kinds', () => {
  it.each<Case>([
    {
      group: 'apps',
      kind: 'Deployment',
      given: { spec: { strategy: {}, template: { spec: { containers: [{ name: 'a', image: 'nginx:1.25' }] } } } },
      becomes: {
        spec: {
          replicas: 1,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
          revisionHistoryLimit: 10,
          progressDeadlineSeconds: 600,
          template: {
            spec: {
              ...podSpec,
              containers: [{ name: 'a', image: 'nginx:1.25', imagePullPolicy: 'IfNotPresent', ...container }],
            },
          },
        },
      },
    },
    {
      group: 'apps',
      kind: 'StatefulSet',
      given: { spec: { volumeClaimTemplates: [{ metadata: { name: 'v' } }] } },
      becomes: {
        spec: {
          replicas: 1,
          podManagementPolicy: 'OrderedReady',
          revisionHistoryLimit: 10,
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          volumeClaimTemplates: [
            {
              apiVersion: 'v1',
              kind: 'PersistentVolumeClaim',
              metadata: { name: 'v' },
              spec: { volumeMode: 'Filesystem' },
              status: { phase: 'Pending' },
            },
          ],
        },
      },
    },
    {
      group: 'apps',
      kind: 'DaemonSet',
      given: { spec: { updateStrategy: { type: 'OnDelete' } } },
      becomes: { spec: { updateStrategy: { type: 'OnDelete' }, revisionHistoryLimit: 10 } },
    },
    {
      group: 'batch',
      kind: 'Job',
      given: { spec: { parallelism: 3 } },
      becomes: {
        spec: {
          parallelism: 3,
          backoffLimit: 6,
          completionMode: 'NonIndexed',
          suspend: false,
          podReplacementPolicy: 'TerminatingOrFailed',
          manualSelector: false,
        },
      },
    },
    {
      group: '',
      kind: 'Service',
      given: { spec: { type: 'NodePort', ports: [{ port: 80 }, { port: 81, protocol: 'UDP', targetPort: 'x' }] } },
      becomes: {
        spec: {
          type: 'NodePort',
          sessionAffinity: 'None',
          externalTrafficPolicy: 'Cluster',
          internalTrafficPolicy: 'Cluster',
          ports: [
            { port: 80, protocol: 'TCP', targetPort: 80 },
            { port: 81, protocol: 'UDP', targetPort: 'x' },
          ],
        },
      },
    },
    { group: '', kind: 'Secret', given: {}, becomes: { type: 'Opaque' } },
    {
      group: '',
      kind: 'Namespace',
      given: { metadata: { name: 'n', labels: { a: 'b' } } },
      becomes: { metadata: { name: 'n', labels: { a: 'b', 'kubernetes.io/metadata.name': 'n' } } },
    },
    {
      group: 'rbac.authorization.k8s.io',
      kind: 'RoleBinding',
      given: {
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [{ kind: 'User', name: 'u' }, { kind: 'ServiceAccount' }],
      },
      becomes: {
        roleRef: { kind: 'Role', name: 'r', apiGroup: 'rbac.authorization.k8s.io' },
        subjects: [{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }, { kind: 'ServiceAccount' }],
      },
    },
    {
      group: 'networking.k8s.io',
      kind: 'NetworkPolicy',
      given: { spec: { egress: [{ ports: [{ port: 1 }] }] } },
      becomes: { spec: { policyTypes: ['Ingress', 'Egress'], egress: [{ ports: [{ port: 1, protocol: 'TCP' }] }] } },
    },
    { group: '', kind: 'ConfigMap', given: { data: {} }, becomes: { data: {} } },
  ])('$kind', ({ group, kind, given, becomes }) => {
    expect(defaultBuiltin(given, group, kind)).toEqual(becomes);
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['registry:5000/nginx', 'Always'],
    ['registry:5000/nginx:1', 'IfNotPresent'],
    ['nginx@sha256:0', 'IfNotPresent'],
  ])('pull %s %s', (image, policy) => {
    const pod = defaultBuiltin({ spec: { containers: [{ image }] } }, '', 'Pod');
    expect(pod).toMatchObject({ spec: { containers: [{ imagePullPolicy: policy }] } });
  });

  it('fill probes, volumes and requests of a pod', () => {
    const pod = {
      spec: {
        serviceAccountName: 'sa',
        volumes: [{ name: 'e' }, { name: 's', secret: { secretName: 'x' } }],
        containers: [
          {
            image: 'i:1',
            resources: { limits: { cpu: '1' } },
            readinessProbe: { httpGet: { port: 80 }, periodSeconds: 3 },
          },
        ],
      },
    };
    expect(defaultBuiltin(pod, '', 'Pod')).toMatchObject({
      spec: {
        serviceAccount: 'sa',
        enableServiceLinks: true,
        volumes: [
          { name: 'e', emptyDir: {} },
          { name: 's', secret: { secretName: 'x', defaultMode: 420 } },
        ],
        containers: [
          {
            resources: { limits: { cpu: '1' }, requests: { cpu: '1' } },
            readinessProbe: {
              httpGet: { port: 80, path: '/', scheme: 'HTTP' },
              periodSeconds: 3,
              timeoutSeconds: 1,
              successThreshold: 1,
              failureThreshold: 3,
            },
          },
        ],
      },
    });
  });

  it('do nothing twice', () => {
    const once = defaultBuiltin(
      { spec: { strategy: {}, template: { spec: { containers: [{}] } } } },
      'apps',
      'Deployment',
    );
    expect(defaultBuiltin(once, 'apps', 'Deployment')).toEqual(once);
  });
});
