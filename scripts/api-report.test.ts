import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { apiReport, entries } from './api-report.ts';

describe('API reports', () => {
  it('cover every entry that people import, and no generated Kubernetes types', () => {
    const titles = entries().map(({ title }) => title);
    expect(titles).toContain('@k8sop/raft-core/testing');
    expect(titles).toContain('@k8sop/builders');
    expect(titles.filter((title) => title.includes('/k8s/'))).toEqual([]);
  });

  it('show declarations without bodies, comments and private members', () => {
    const source = resolve(import.meta.dirname, '../packages/discovery-dns/src/index.ts');
    const report = apiReport({ title: 'x', source });
    expect(report).toMatch(/export declare class HeadlessServiceDiscovery implements PeerDiscovery \{\n {4}#private;/);
    expect(report).toContain('resolve(id: NodeId,');
    expect(report).not.toMatch(/\/\*\*|#lookUp|throwIfAborted/);
  });

  it('follow an export to the package that declares it', () => {
    const source = resolve(import.meta.dirname, '../packages/operator/src/index.ts');
    expect(apiReport({ title: 'x', source })).toContain("export { Action } from '@k8sop/runtime';");
  });
});
