import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { stack } from '../src/main.ts';
import { external } from '../src/shop.ts';

describe('the stack', () => {
  it('is YAML that parses back into the same objects', () => {
    const documents = parseAllDocuments(stack.toYAML(), { version: '1.1' });
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(documents.map((document) => document.toJS() as unknown)).toEqual(stack.toJSON().items);
  });

  it('holds every part, in installation order', () => {
    expect(stack.objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual([
      'Namespace/shop',
      'ServiceAccount/web',
      'ServiceAccount/worker',
      'Role/worker-leases',
      'RoleBinding/worker-leases',
      'ConfigMap/database-settings',
      'ConfigMap/shop-settings',
      'Service/database',
      'Service/web',
      'StatefulSet/database',
      'Deployment/web',
      'Deployment/worker',
      'CronJob/nightly-report',
      'HorizontalPodAutoscaler/web',
      'PodDisruptionBudget/web',
      'NetworkPolicy/database',
      'Ingress/web',
      'NetworkPolicy/web',
      'NetworkPolicy/worker',
    ]);
  });

  it('lints clean, the restricted Pod Security Standard included', () => {
    const rules = {
      'pod-security-restricted': 'error',
      'require-resources': 'error',
      'require-security-context': 'error',
    } as const;
    expect(stack.lint({ external, rules })).toEqual([]);
  });

  it('would be found broken without the names it takes for granted', () => {
    const rules = new Set(stack.lint().map(({ rule }) => rule));
    expect([...rules]).toEqual(['missing-secret']);
  });
});
