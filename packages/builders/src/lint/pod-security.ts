/**
 * `pod-security-restricted`: the restricted Pod Security Standard.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
import type { V1Container, V1PodSpec } from '../gen/core/v1.ts';
import type { KubeObject } from '../kinds/kind.ts';
import type { Inventory, PodSource } from './inventory.ts';
import type { ReportFinding } from './lint-rule.ts';
import { allContainers } from './pod-references.ts';

const VOLUME_TYPES = new Set(
  'configMap csi downwardAPI emptyDir ephemeral persistentVolumeClaim projected secret'.split(' '),
);

const SAFE_SYSCTLS = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]);

/** Reports what an admission check at level *restricted* would refuse. */
export function lintPodSecurity(object: KubeObject, inventory: Inventory, report: ReportFinding): void {
  for (const pod of inventory.pods) {
    if (pod.owner !== object) continue;
    const refuse = (path: string, message: string): void => report('pod-security-restricted', path, message);
    checkPod(pod.spec, pod.path, refuse);
    for (const { container, path } of allContainers(pod)) checkContainer(container, path, pod, refuse);
  }
}

type Refuse = (path: string, message: string) => void;

function checkPod(spec: V1PodSpec, path: string, refuse: Refuse): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
    if (spec[field] === true) refuse(`${path}.${field}`, 'shares a namespace of the host; remove it');
  }
  spec.volumes?.forEach(({ name, ...sources }, index) => {
    for (const type of Object.keys(sources)) {
      if (!VOLUME_TYPES.has(type)) refuse(`${path}.volumes[${index}]`, `volume ${name} of type ${type} is not allowed`);
    }
  });
  spec.securityContext?.sysctls?.forEach(({ name }, index) => {
    if (!SAFE_SYSCTLS.has(name)) refuse(`${path}.securityContext.sysctls[${index}]`, `${name} is not a safe sysctl`);
  });
  if (spec.securityContext?.runAsUser === 0) refuse(`${path}.securityContext.runAsUser`, 'user 0 is root');
}

function checkContainer(container: V1Container, path: string, { spec }: PodSource, refuse: Refuse): void {
  const context = container.securityContext ?? {};
  const pod = spec.securityContext ?? {};
  const here = `${path}.securityContext`;
  if (context.privileged === true) refuse(`${here}.privileged`, 'must not be true');
  if (context.allowPrivilegeEscalation !== false) refuse(`${here}.allowPrivilegeEscalation`, 'must be false');
  if ((context.runAsNonRoot ?? pod.runAsNonRoot) !== true) refuse(`${here}.runAsNonRoot`, 'must be true');
  if (context.runAsUser === 0) refuse(`${here}.runAsUser`, 'user 0 is root');
  const seccomp = (context.seccompProfile ?? pod.seccompProfile)?.type;
  if (seccomp !== 'RuntimeDefault' && seccomp !== 'Localhost') {
    refuse(`${here}.seccompProfile`, 'must be RuntimeDefault or Localhost');
  }
  checkCapabilities(context.capabilities ?? {}, `${here}.capabilities`, refuse);
  if (context.procMount !== undefined && context.procMount !== 'Default')
    refuse(`${here}.procMount`, 'must be Default');
  container.ports?.forEach(({ hostPort }, index) => {
    if (hostPort !== undefined && hostPort !== 0)
      refuse(`${path}.ports[${index}].hostPort`, 'host ports are not allowed');
  });
}

function checkCapabilities(
  { add = [], drop = [] }: { readonly add?: readonly string[]; readonly drop?: readonly string[] },
  path: string,
  refuse: Refuse,
): void {
  if (!drop.includes('ALL')) refuse(`${path}.drop`, 'must contain ALL');
  for (const capability of add) {
    if (capability !== 'NET_BIND_SERVICE')
      refuse(`${path}.add`, `${capability} is not allowed; only NET_BIND_SERVICE is`);
  }
}
