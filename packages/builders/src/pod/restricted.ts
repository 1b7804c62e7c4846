/**
 * `restricted()`: what the *restricted* Pod Security Standard asks for, filled into a pod without overwriting anything.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
import type { Report } from '../builder-error.ts';
import type { V1Container, V1PodSpec, V1SecurityContext } from '../gen/core/v1.ts';

/** Options of `restricted()`. */
export interface RestrictedOptions {
  /** Also mounts every container's root file system read-only. @default false */
  readonly readOnlyRoot?: boolean;
  /** Also mounts an empty volume on `/tmp` of every container. @default false */
  readonly tmp?: boolean;
}

/** Name of the volume behind `/tmp`. */
const tmpVolume = 'tmp';

/** Hardens `pod` in place; reports calls that contradict it at `path`. */
export function restrict(pod: Partial<V1PodSpec>, options: RestrictedOptions, path: string, report: Report): void {
  const context = (pod.securityContext ??= {});
  context.runAsNonRoot ??= true;
  context.seccompProfile ??= { type: 'RuntimeDefault' };
  contradiction(context.runAsNonRoot === false, `${path}.securityContext.runAsNonRoot`, 'false', report);
  contradiction(context.runAsUser === 0, `${path}.securityContext.runAsUser`, '0 is root', report);
  const seccomp = context.seccompProfile.type;
  contradiction(seccomp === 'Unconfined', `${path}.securityContext.seccompProfile.type`, seccomp, report);
  for (const list of ['initContainers', 'containers'] as const) {
    for (const [index, container] of (pod[list] ?? []).entries()) {
      restrictContainer(container, options, `${path}.${list}[${index}]`, report);
    }
  }
  if (options.tmp && !(pod.volumes ?? []).some((volume) => volume.name === tmpVolume)) {
    pod.volumes = [...(pod.volumes ?? []), { name: tmpVolume, emptyDir: {} }];
  }
}

function restrictContainer(container: V1Container, options: RestrictedOptions, path: string, report: Report): void {
  const context = (container.securityContext ??= {});
  const at = `${path}.securityContext`;
  context.allowPrivilegeEscalation ??= false;
  const capabilities = (context.capabilities ??= {});
  if (!(capabilities.drop ?? []).includes('ALL')) capabilities.drop = [...(capabilities.drop ?? []), 'ALL'];
  if (options.readOnlyRoot) context.readOnlyRootFilesystem ??= true;
  if (options.tmp && !(container.volumeMounts ?? []).some((mount) => mount.mountPath === '/tmp')) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name: tmpVolume, mountPath: '/tmp' }];
  }
  contradiction(context.allowPrivilegeEscalation, `${at}.allowPrivilegeEscalation`, 'true', report);
  contradiction(context.privileged === true, `${at}.privileged`, 'true', report);
  reportIdentity(context, at, report);
  const root = options.readOnlyRoot === true && context.readOnlyRootFilesystem === false;
  contradiction(root, `${at}.readOnlyRootFilesystem`, 'false', report);
}

function reportIdentity(context: V1SecurityContext, at: string, report: Report): void {
  contradiction(context.runAsNonRoot === false, `${at}.runAsNonRoot`, 'false', report);
  contradiction(context.runAsUser === 0, `${at}.runAsUser`, '0 is root', report);
  const unconfined = context.seccompProfile?.type === 'Unconfined';
  contradiction(unconfined, `${at}.seccompProfile.type`, 'Unconfined', report);
  const extra = (context.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
  contradiction(extra.length > 0, `${at}.capabilities.add`, extra.join(', '), report);
}

function contradiction(found: boolean, path: string, value: string, report: Report): void {
  if (found) report('RESTRICTED', path, `${value} contradicts .restricted(); remove one of the two`);
}
