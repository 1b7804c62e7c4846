/** Reads what the ledger operator has written: whether every WebApp has its Deployment, and the highest acknowledged write. */
import type { ApiClient, Thing } from '../harness/api-client.ts';
import { webappsPath } from '../harness/steady-load.ts';

export const acknowledgedAnnotation = 'example.com/acknowledged-generation';
export const deploymentsPath = '/apis/apps/v1/namespaces/default/deployments';

/** Resolves once every Deployment says what its WebApp asks for. */
export async function converged(api: ApiClient): Promise<void> {
  const wanted = await api.list(webappsPath);
  await api.until(deploymentsPath, (found) => [...wanted].every(([name, webapp]) => agrees(webapp, found.get(name))));
}

function agrees(webapp: Thing, deployment: Thing | undefined): boolean {
  return deployment?.spec?.['replicas'] === webapp.spec?.['replicas'];
}
