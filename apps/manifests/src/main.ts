/**
 * A realistic stack with builders only: web application, worker, nightly job and database, with access rights and
 * network policies.
 *
 *     npx k8sop-manifests apps/manifests/src/main.ts | kubectl apply --server-side -f -
 */
import { manifests } from '@k8sop/builders';
import { database } from './database.ts';
import { shop } from './shop.ts';
import { web } from './web.ts';
import { background } from './worker.ts';

export const stack = manifests(shop, database, web, background);
