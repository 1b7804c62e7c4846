/** Part of the bench `reconcile`: the API server in a process of its own. Tells its parent how to reach it. */
import { startApiServer } from '@k8sop/apiserver';

const api = await startApiServer({ controllers: 'none', traceSize: 0 });
process.send?.({ url: api.url, ca: api.ca, token: api.token(), kubeconfig: api.kubeconfig() });
process.once('disconnect', () => process.exit(0));
