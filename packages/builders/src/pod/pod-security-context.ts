/** Security settings that all containers of a pod share. */
import { Fluent } from '../fluent.ts';
import type { V1PodSecurityContext } from '../gen/core/v1.ts';
import { profileOf, type SecurityProfile, type SeLinux } from './security-context.ts';

/**
 * Security settings of a pod.
 *
 *     new PodSecurityContext().runAsNonRoot().fsGroup(2000)
 *
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 */
export class PodSecurityContext extends Fluent<V1PodSecurityContext> {
  constructor() {
    super({});
  }

  /** What the *restricted* Pod Security Standard asks of a pod: not root, the runtime's seccomp profile. */
  static restricted(): PodSecurityContext {
    return new PodSecurityContext().runAsNonRoot(true).seccomp('RuntimeDefault');
  }

  /** Holds a plain value as it is. */
  static from(context: V1PodSecurityContext): PodSecurityContext {
    return new PodSecurityContext().lift(context);
  }

  /** Refuses to start images that would run as user 0. */
  runAsNonRoot(on = true): this {
    return this.with({ runAsNonRoot: on });
  }

  /** Numeric user of first processes. @default the image's */
  runAsUser(user: number): this {
    return this.with({ runAsUser: user });
  }

  /** Numeric primary group of first processes. @default the image's */
  runAsGroup(group: number): this {
    return this.with({ runAsGroup: group });
  }

  /** Group that owns volumes and that every process has in addition. */
  fsGroup(group: number): this {
    return this.with({ fsGroup: group });
  }

  /** When ownership of volumes is changed at mount. @default 'Always' */
  fsGroupChangePolicy(policy: 'OnRootMismatch' | 'Always'): this {
    return this.with({ fsGroupChangePolicy: policy });
  }

  /** Further groups of every process. Appends. */
  supplementalGroups(...groups: readonly number[]): this {
    return this.with({ supplementalGroups: [...(this.state.fields.supplementalGroups ?? []), ...groups] });
  }

  /** Sets a namespaced kernel parameter. */
  sysctl(name: string, value: string): this {
    return this.with({ sysctls: [...(this.state.fields.sysctls ?? []), { name, value }] });
  }

  /** Seccomp profile of all containers. */
  seccomp(profile: SecurityProfile): this {
    return this.with({ seccompProfile: profileOf(profile) });
  }

  /** AppArmor profile of all containers. */
  appArmor(profile: SecurityProfile): this {
    return this.with({ appArmorProfile: profileOf(profile) });
  }

  /** SELinux label of all containers. */
  seLinux(label: SeLinux): this {
    return this.with({ seLinuxOptions: { ...label } });
  }

  protected override subject(): string {
    return 'PodSecurityContext';
  }
}
