/** What the server decides about a Service: its addresses, and node ports where the type needs them. */
import { isJsonObject, type JsonObject, type KubeObject } from '../store/kube-object.ts';
import type { RandomSource } from '../store/random-source.ts';
import type { Collection } from '../store/collection.ts';

const firstNodePort = 30_000;
const nodePortCount = 2768;
const maxTries = 64;

/** Completes the spec; keeps what the client or an earlier write has chosen. */
export function completeService(
  object: KubeObject,
  old: KubeObject | undefined,
  services: Collection,
  random: RandomSource,
): KubeObject {
  const spec = specOf(object);
  if (spec['type'] === 'ExternalName') return object;
  const before = old === undefined ? {} : specOf(old);
  const address = textOf(spec['clusterIP']) || textOf(before['clusterIP']) || freeAddress(services, random);
  const completed: JsonObject = {
    ...spec,
    clusterIP: address,
    clusterIPs: spec['clusterIPs'] ?? before['clusterIPs'] ?? [address],
    ipFamilies: spec['ipFamilies'] ?? before['ipFamilies'] ?? ['IPv4'],
    ipFamilyPolicy: spec['ipFamilyPolicy'] ?? before['ipFamilyPolicy'] ?? 'SingleStack',
  };
  if (spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer') {
    completed['ports'] = withNodePorts(spec['ports'], before['ports'], services, random);
  }
  return { ...object, spec: completed };
}

function withNodePorts(
  ports: JsonObject[string] | undefined,
  before: JsonObject[string] | undefined,
  services: Collection,
  random: RandomSource,
): JsonObject[] {
  const old = Array.isArray(before) ? before.filter((port) => isJsonObject(port)) : [];
  const taken = usedNodePorts(services);
  return (Array.isArray(ports) ? ports : [])
    .filter((port) => isJsonObject(port))
    .map((port) => {
      if (typeof port['nodePort'] === 'number' && port['nodePort'] !== 0) return port;
      const same = old.find((one) => one['port'] === port['port'] && one['protocol'] === port['protocol']);
      const nodePort = same?.['nodePort'] ?? freePort(taken, random);
      taken.add(nodePort as number);
      return { ...port, nodePort };
    });
}

function usedNodePorts(services: Collection): Set<number> {
  const used = new Set<number>();
  services.forEach(undefined, ({ object }) => {
    const { ports } = specOf(object);
    for (const port of Array.isArray(ports) ? ports : []) {
      if (isJsonObject(port) && typeof port['nodePort'] === 'number') used.add(port['nodePort']);
    }
  });
  return used;
}

function freePort(taken: ReadonlySet<number>, random: RandomSource): number {
  const start = random.below(nodePortCount);
  for (let i = 0; i < nodePortCount; i++) {
    const port = firstNodePort + ((start + i) % nodePortCount);
    if (!taken.has(port)) return port;
  }
  return firstNodePort;
}

/** From 10.96.0.0/16, without the first addresses. */
function freeAddress(services: Collection, random: RandomSource): string {
  const used = addressesIn(services);
  for (let i = 0; ; i++) {
    const address = `10.96.${1 + random.below(254)}.${1 + random.below(254)}`;
    if (!used.has(address) || i === maxTries) return address;
  }
}

/** The addresses in use, per collection of Services; followed instead of counted, as there may be thousands. */
const usedAddresses = new WeakMap<Collection, Set<string>>();

function addressesIn(services: Collection): ReadonlySet<string> {
  const known = usedAddresses.get(services);
  if (known !== undefined) return known;
  const used = new Set<string>();
  services.forEach(undefined, ({ object }) => used.add(textOf(specOf(object)['clusterIP'])));
  services.subscribe(({ type, entry }) => {
    const address = textOf(specOf(entry.object)['clusterIP']);
    if (type === 'DELETED') used.delete(address);
    else used.add(address);
  });
  usedAddresses.set(services, used);
  return used;
}

function specOf(object: KubeObject): JsonObject {
  return isJsonObject(object['spec']) ? object['spec'] : {};
}

function textOf(value: JsonObject[string] | undefined): string {
  return typeof value === 'string' ? value : '';
}
