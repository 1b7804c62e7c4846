import { Deployment, Service } from '@k8sop/builders';
import { Operator } from '@k8sop/operator';
import { onDelete, reconcile, WebApp } from './web-app.ts';

await new Operator(WebApp).reconcile(reconcile).onDelete(onDelete).owns(Deployment, Service).withFinalizer().run();
