/** Warnings about pods and pod templates that are valid but hardly meant so, as Kubernetes words them. */
import { objectAt, objectsAt, textAt } from '../schema/builtin/fill.ts';
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';

/** Where a kind keeps its pod's spec. */
const podPaths: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec'],
  podtemplates: ['template', 'spec'],
  replicationcontrollers: ['spec', 'template', 'spec'],
  'deployments.apps': ['spec', 'template', 'spec'],
  'replicasets.apps': ['spec', 'template', 'spec'],
  'statefulsets.apps': ['spec', 'template', 'spec'],
  'daemonsets.apps': ['spec', 'template', 'spec'],
  'jobs.batch': ['spec', 'template', 'spec'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** @param resource plural with group, such as `deployments.apps` */
export function podWarnings(resource: string, object: KubeObject): string[] {
  const path = podPaths[resource];
  if (path === undefined) return [];
  const spec = objectAt(object, ...path);
  return ['initContainers', 'containers'].flatMap((list) =>
    objectsAt(spec, list).flatMap((container, index) => [
      ...hiddenVariables(container, `${path.join('.')}.${list}[${index}]`),
      ...repeatedPorts(container, `${path.join('.')}.${list}[${index}]`),
    ]),
  );
}

/** A later variable of the same name wins, unless it refers to the earlier one. */
function hiddenVariables(container: JsonObject, path: string): string[] {
  const seen = new Set<string>();
  return objectsAt(container, 'env').flatMap((variable, index) => {
    const name = textAt(variable, 'name');
    const isHiding = seen.has(name) && !textAt(variable, 'value').includes(`$(${name})`);
    seen.add(name);
    if (!isHiding) return [];
    return [
      `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    ];
  });
}

function repeatedPorts(container: JsonObject, path: string): string[] {
  const seen = new Map<string, number>();
  const ports = container['ports'];
  return (Array.isArray(ports) ? ports : []).flatMap((port, index) => {
    if (!isJsonObject(port)) return [];
    const { containerPort, protocol = 'TCP', hostPort = 0, hostIP = '' } = port;
    const key = JSON.stringify([containerPort, protocol, hostPort, hostIP]);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, index);
    return first === undefined
      ? []
      : [`${path}.ports[${index}]: duplicate port definition with ${path}.ports[${first}]`];
  });
}
