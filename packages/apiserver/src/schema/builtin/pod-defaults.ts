/** Defaults of pods, pod templates, containers, probes and volumes. */
import type { JsonObject } from '../../store/kube-object.ts';
import { changeEach, changeObject, fill, objectAt, textAt } from './fill.ts';

const defaultFileMode = 0o644;

/** Defaults of every PodSpec, also inside templates. */
export function defaultPodSpec(spec: JsonObject): JsonObject {
  let out = fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  out = mirrorServiceAccount(out);
  const hostNetwork = spec['hostNetwork'] === true;
  for (const list of ['containers', 'initContainers', 'ephemeralContainers']) {
    out = changeEach(out, list, (container) =>
      defaultContainer(container, hostNetwork && list !== 'ephemeralContainers'),
    );
  }
  return changeEach(out, 'volumes', defaultVolume);
}

/** What a pod of its own gets beyond its spec's defaults. */
export function defaultPod(pod: JsonObject): JsonObject {
  return changeObject(pod, 'spec', (spec) => {
    let out = fill(defaultPodSpec(spec), { enableServiceLinks: true });
    for (const list of ['containers', 'initContainers']) out = changeEach(out, list, requestsFromLimits);
    return out;
  });
}

/** The deprecated name of the field always shows the same account. */
function mirrorServiceAccount(spec: JsonObject): JsonObject {
  const name = textAt(spec, 'serviceAccountName') || textAt(spec, 'serviceAccount');
  return name === '' ? spec : fill(spec, { serviceAccountName: name, serviceAccount: name });
}

export function defaultContainer(container: JsonObject, hostNetwork = false): JsonObject {
  let out = fill(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(textAt(container, 'image')),
  });
  out = changeEach(out, 'ports', (port) => {
    const filled = fill(port, { protocol: 'TCP' });
    return hostNetwork && filled['hostPort'] === undefined
      ? { ...filled, hostPort: filled['containerPort'] ?? 0 }
      : filled;
  });
  out = changeEach(out, 'env', (variable) =>
    changeObject(variable, 'valueFrom', (source) =>
      changeObject(source, 'fieldRef', (reference) => fill(reference, { apiVersion: 'v1' })),
    ),
  );
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) out = changeObject(out, probe, defaultProbe);
  return changeObject(out, 'lifecycle', (lifecycle) =>
    ['postStart', 'preStop'].reduce((hooks, name) => changeObject(hooks, name, defaultHandler), lifecycle),
  );
}

/** `latest`, also unspoken, is pulled each time. */
function pullPolicy(image: string): string {
  if (image === '' || image.includes('@')) return 'IfNotPresent';
  const name = image.slice(image.lastIndexOf('/') + 1);
  const colon = name.indexOf(':');
  return colon === -1 || name.slice(colon + 1) === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: JsonObject): JsonObject {
  const counts = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };
  const zeros = Object.fromEntries(Object.entries(counts).filter(([name]) => (probe[name] ?? 0) === 0));
  const filled = Object.keys(zeros).length === 0 ? probe : { ...probe, ...zeros };
  return changeObject(defaultHandler(filled), 'grpc', (grpc) =>
    typeof grpc['service'] === 'string' ? grpc : { ...grpc, service: '' },
  );
}

function defaultHandler(handler: JsonObject): JsonObject {
  return changeObject(handler, 'httpGet', (get) => fill(get, { path: '/', scheme: 'HTTP' }));
}

function requestsFromLimits(container: JsonObject): JsonObject {
  const limits = objectAt(container, 'resources', 'limits');
  if (Object.keys(limits).length === 0) return container;
  return changeObject(container, 'resources', (resources) => {
    const requests = fill(objectAt(resources, 'requests'), limits);
    return requests === resources['requests'] ? resources : { ...resources, requests };
  });
}

export function defaultVolume(volume: JsonObject): JsonObject {
  const sources = Object.keys(volume).filter((name) => name !== 'name');
  let out = sources.length === 0 ? { ...volume, emptyDir: {} } : volume;
  for (const source of ['secret', 'configMap', 'downwardAPI', 'projected']) {
    out = changeObject(out, source, (data) => fill(data, { defaultMode: defaultFileMode }));
  }
  out = changeObject(out, 'downwardAPI', defaultFieldReferences);
  out = changeObject(out, 'projected', (projected) => changeEach(projected, 'sources', defaultProjection));
  out = changeObject(out, 'hostPath', (path) => (typeof path['type'] === 'string' ? path : { ...path, type: '' }));
  out = changeObject(out, 'iscsi', (disk) => fill(disk, { iscsiInterface: 'default' }));
  out = changeObject(out, 'rbd', (disk) => fill(disk, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' }));
  return changeObject(out, 'ephemeral', (ephemeral) =>
    changeObject(ephemeral, 'volumeClaimTemplate', (template) =>
      changeObject(template, 'spec', (spec) => fill(spec, { volumeMode: 'Filesystem' })),
    ),
  );
}

function defaultProjection(source: JsonObject): JsonObject {
  const out = changeObject(source, 'serviceAccountToken', (token) => fill(token, { expirationSeconds: 3600 }));
  return changeObject(out, 'downwardAPI', defaultFieldReferences);
}

function defaultFieldReferences(files: JsonObject): JsonObject {
  return changeEach(files, 'items', (item) =>
    changeObject(item, 'fieldRef', (reference) => fill(reference, { apiVersion: 'v1' })),
  );
}

/** Fills the pod template at `spec.template`. */
export function defaultTemplate(spec: JsonObject): JsonObject {
  return changeObject(spec, 'template', (template) => changeObject(template, 'spec', defaultPodSpec));
}
