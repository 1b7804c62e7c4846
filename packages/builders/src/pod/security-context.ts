/** Privileges of one container. */
import { Fluent } from '../fluent.ts';
import type { V1SecurityContext } from '../gen/core/v1.ts';

/** A profile of the container runtime, unconfined, or a profile on the node. */
export type SecurityProfile = 'RuntimeDefault' | 'Unconfined' | { readonly localhost: string };

/** SELinux label of a process; absent parts come from the runtime. */
export interface SeLinux {
  readonly level?: string;
  readonly role?: string;
  readonly type?: string;
  readonly user?: string;
}

/** The API's form of a profile. */
export function profileOf(profile: SecurityProfile): { type: string; localhostProfile?: string } {
  return typeof profile === 'string' ? { type: profile } : { type: 'Localhost', localhostProfile: profile.localhost };
}

/**
 * Security settings of a container. Where the pod has the same setting, the container's wins.
 *
 *     SecurityContext.restricted().runAsUser(10001)
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 */
export class SecurityContext extends Fluent<V1SecurityContext> {
  constructor() {
    super({});
  }

  /**
   * What the *restricted* Pod Security Standard asks of a container: not root, no privilege escalation, no capabilities,
   * the runtime's seccomp profile.
   * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
   */
  static restricted(): SecurityContext {
    return new SecurityContext()
      .runAsNonRoot(true)
      .allowPrivilegeEscalation(false)
      .dropCapabilities('ALL')
      .seccomp('RuntimeDefault');
  }

  /** Holds a plain value as it is. */
  static from(context: V1SecurityContext): SecurityContext {
    return new SecurityContext().lift(context);
  }

  /** Refuses to start an image that would run as user 0. */
  runAsNonRoot(on = true): this {
    return this.with({ runAsNonRoot: on });
  }

  /** Mounts the container's root file system read-only. */
  readOnlyRootFilesystem(on = true): this {
    return this.with({ readOnlyRootFilesystem: on });
  }

  /** Numeric user of the first process. @default the image's */
  runAsUser(user: number): this {
    return this.with({ runAsUser: user });
  }

  /** Numeric primary group of the first process. @default the image's */
  runAsGroup(group: number): this {
    return this.with({ runAsGroup: group });
  }

  /** Runs with the privileges of the node's root. */
  privileged(on = true): this {
    return this.with({ privileged: on });
  }

  /** Lets a process gain more privileges than its parent has (setuid, file capabilities). */
  allowPrivilegeEscalation(on = true): this {
    return this.with({ allowPrivilegeEscalation: on });
  }

  /** Takes capabilities away; `'ALL'` takes all. Appends. */
  dropCapabilities(...names: readonly string[]): this {
    const { capabilities } = this.state.fields;
    return this.with({ capabilities: { ...capabilities, drop: [...(capabilities?.drop ?? []), ...names] } });
  }

  /** Adds capabilities, such as `'NET_BIND_SERVICE'`. Appends. */
  addCapabilities(...names: readonly string[]): this {
    const { capabilities } = this.state.fields;
    return this.with({ capabilities: { ...capabilities, add: [...(capabilities?.add ?? []), ...names] } });
  }

  /** Seccomp profile: which system calls are allowed. */
  seccomp(profile: SecurityProfile): this {
    return this.with({ seccompProfile: profileOf(profile) });
  }

  /** AppArmor profile. */
  appArmor(profile: SecurityProfile): this {
    return this.with({ appArmorProfile: profileOf(profile) });
  }

  /** SELinux label. */
  seLinux(label: SeLinux): this {
    return this.with({ seLinuxOptions: { ...label } });
  }

  protected override subject(): string {
    return 'SecurityContext';
  }
}
