/** ServiceAccount: the identity of pods. */
import type { Report } from '../builder-error.ts';
import { checkName, subdomain } from '../check/names.ts';
import type { V1ServiceAccount } from '../gen/core/v1.ts';
import { nameOf, type Named, NamespacedManifest } from '../manifest.ts';

/**
 * A ServiceAccount.
 *
 *     new ServiceAccount('web').automountToken(false)
 *
 * @see https://kubernetes.io/docs/concepts/security/service-accounts/
 */
export class ServiceAccount extends NamespacedManifest<V1ServiceAccount> {
  static readonly apiVersion = 'v1';
  static readonly kind = 'ServiceAccount';
  static readonly plural = 'serviceaccounts';
  static readonly namespaced = true;
  declare static readonly '~object'?: V1ServiceAccount;

  constructor(name: string) {
    super(name);
  }

  /** Holds a plain object as it is; unknown fields stay. */
  static from(object: V1ServiceAccount): ServiceAccount {
    return new ServiceAccount('').lift(object);
  }

  /** Whether pods get a token of the account, unless they say otherwise. @default true */
  automountToken(on: boolean): this {
    return this.with({ automountServiceAccountToken: on });
  }

  /** Registry credentials of all pods of the account, by name or builder. */
  imagePullSecret(secret: Named): this {
    return this.with({ imagePullSecrets: [...(this.state.fields.imagePullSecrets ?? []), { name: nameOf(secret) }] });
  }

  protected override check(object: V1ServiceAccount, report: Report): void {
    super.check(object, report);
    for (const [index, { name }] of (object.imagePullSecrets ?? []).entries()) {
      checkName(name, subdomain, `imagePullSecrets[${index}].name`, report);
    }
  }
}
