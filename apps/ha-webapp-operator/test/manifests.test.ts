/** The manifests against a real API server, and what high availability needs of them. */
import { startApiServer } from '@k8sop/apiserver';
import type { KubeObject } from '@k8sop/builders';
import { kindOf } from '@k8sop/builders/kinds';
import { Agent, request } from 'undici';
import { describe, expect, it } from 'vitest';
import { certificateNames, external, stack } from '../src/manifests.ts';

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const { plural, namespaced } = kindOf(apiVersion, kind) ?? { plural: 'unknown', namespaced: false };
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}${namespaced ? `/namespaces/${metadata.namespace}` : ''}/${plural}/${metadata.name}`;
}

function specOf(kind: string): unknown {
  return (stack.objects.find((object) => object.kind === kind) as { spec?: unknown } | undefined)?.spec;
}

describe('the manifests', () => {
  it('lint clean', () => {
    expect(stack.lint({ external })).toEqual([]);
  });

  it('are accepted whole by an API server, and a second time change nothing', async () => {
    const api = await startApiServer({ controllers: 'none' });
    const dispatcher = new Agent({ connect: { ca: api.ca } });
    const apply = async (object: KubeObject): Promise<readonly [string, number, string]> => {
      const answer = await request(`${api.url}${pathOf(object)}?fieldManager=test&fieldValidation=Strict`, {
        method: 'PATCH',
        dispatcher,
        headers: { authorization: `Bearer ${api.token()}`, 'content-type': 'application/apply-patch+yaml' },
        body: JSON.stringify(object),
      });
      const { message = '' } = (await answer.body.json()) as { message?: string };
      return [pathOf(object), answer.statusCode, message];
    };
    for (const object of stack.objects) expect(await apply(object)).toEqual([pathOf(object), 201, '']);
    for (const object of stack.objects) expect(await apply(object)).toEqual([pathOf(object), 200, '']);
    await dispatcher.destroy();
    await api.stop();
  });

  it('P10: let peers meet before they are ready, all pods start at once, and one leave at a time', () => {
    expect(specOf('Service')).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(specOf('StatefulSet')).toMatchObject({ podManagementPolicy: 'Parallel', replicas: 3 });
    expect(specOf('PodDisruptionBudget')).toMatchObject({ maxUnavailable: 1 });
  });

  it('give the operator memory of its own, no limit on CPU, and certificates', () => {
    const { template } = specOf('StatefulSet') as { template: { spec: { containers: unknown[]; volumes: unknown[] } } };
    expect(template.spec.containers[0]).toMatchObject({
      resources: { limits: { memory: '512Mi' }, requests: { cpu: '250m' } },
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
    });
    expect(JSON.stringify(template.spec.containers[0])).not.toContain('"limits":{"cpu"');
    expect(template.spec.volumes).toContainEqual(
      expect.objectContaining({ secret: expect.objectContaining({ secretName: 'webapp-operator-tls' }) }),
    );
    expect(certificateNames[2]).toBe('webapp-operator-2.webapp-operator-raft.webapp-operator.svc.cluster.local');
  });

  it('let only peers reach the Raft port, and anybody the probes', () => {
    expect(specOf('NetworkPolicy')).toMatchObject({
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: 'webapp-operator' } } }], ports: [{ port: 8080 }] },
        { ports: [{ port: 8081 }] },
      ],
    });
  });

  it('grant no more than the record, the replica count, and what the reconciler uses', () => {
    const rules = JSON.stringify(stack.objects.filter(({ kind }) => kind.endsWith('Role')));
    expect(rules).toContain('"resourceNames":["raft-webapp-operator"]');
    expect(rules).not.toContain('*');
    expect(rules).not.toContain('secrets');
  });
});
