/** Namespace: a scope for names, rights and quotas. */
import { dnsLabel, type NameRule } from '../check/names.ts';
import type { V1Namespace } from '../gen/core/v1.ts';
import { ClusterManifest } from '../manifest.ts';

/** Options of a pod security level. */
export interface PodSecurityOptions {
  /** `'audit'` and `'warn'` only tell; `'enforce'` refuses. @default 'enforce' */
  readonly mode?: 'enforce' | 'audit' | 'warn';
  /** Kubernetes version whose rules apply, such as `v1.36`. @default that of the cluster */
  readonly version?: string;
}

/**
 * A Namespace.
 *
 *     new Namespace('shop').podSecurity('restricted')
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
 */
export class Namespace extends ClusterManifest<V1Namespace> {
  static readonly apiVersion = 'v1';
  static readonly kind = 'Namespace';
  static readonly plural = 'namespaces';
  static readonly namespaced = false;
  declare static readonly '~object'?: V1Namespace;

  constructor(name: string) {
    super(name);
  }

  /** Holds a plain object as it is; unknown fields stay. */
  static from(object: V1Namespace): Namespace {
    return new Namespace('').lift(object);
  }

  /**
   * Holds pods of the namespace to a Pod Security Standard, by labels; further calls add modes.
   * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/
   */
  podSecurity(level: 'privileged' | 'baseline' | 'restricted', options: PodSecurityOptions = {}): this {
    const { mode = 'enforce', version } = options;
    const key = `pod-security.kubernetes.io/${mode}`;
    return this.labels({ [key]: level, ...(version !== undefined && { [`${key}-version`]: version }) });
  }

  protected override get nameRule(): NameRule {
    return dnsLabel;
  }
}
