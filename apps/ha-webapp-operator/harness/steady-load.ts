/** Changes one of many WebApps every few milliseconds, so that at any moment somebody has to write a Deployment. */
import { WebApp } from '../src/web-app.ts';
import type { ApiClient } from './api-client.ts';

export const webappsPath = '/apis/example.com/v1/namespaces/default/webapps';

export interface SteadyLoad {
  /** Changes that the server took. */
  readonly changes: number;
  /** Changes that failed, as while the server is away. */
  readonly failures: number;
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly objects: number;
  readonly everyMs: number;
}

const maxUnderWay = 8;

export const webappName = (index: number): string => `app-${String(index).padStart(2, '0')}`;

/** Creates the objects. */
export async function createWebApps(api: ApiClient, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await api.create(webappsPath, WebApp.manifest(webappName(index), { spec: { image: 'nginx:1', replicas: 1 } }));
  }
}

/** A change that finds too many under way is left out: the load never builds a backlog of its own. */
export function startLoad(api: ApiClient, { objects, everyMs }: LoadOptions): SteadyLoad {
  const underWay = new Set<Promise<unknown>>();
  const counts = { changes: 0, failures: 0 };
  let turn = 0;
  const timer = setInterval(() => {
    if (underWay.size >= maxUnderWay) return;
    turn += 1;
    const replicas = 2 + (Math.floor(turn / objects) % 9); // never what it is already, not in the first turn either
    const change = api
      .patch(`${webappsPath}/${webappName(turn % objects)}`, { spec: { replicas } })
      .then(
        () => (counts.changes += 1),
        () => (counts.failures += 1),
      )
      .finally(() => underWay.delete(change));
    underWay.add(change);
  }, everyMs);
  return {
    get changes() {
      return counts.changes;
    },
    get failures() {
      return counts.failures;
    },
    async stop() {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
