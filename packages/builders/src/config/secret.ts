/** Secret: confidential values, by key. Values are encoded, never encrypted, and never appear in messages. */
import type { Report } from '../builder-error.ts';
import { checkConfigData } from '../check/config-data.ts';
import type { V1Secret } from '../gen/core/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { NamespacedManifest } from '../manifest.ts';
import { base64 } from '../values/base64.ts';
import { attempt } from '../guard-calls.ts';

/** Types Kubernetes knows; any other text is allowed. */
export type SecretType =
  | 'Opaque'
  | 'kubernetes.io/basic-auth'
  | 'kubernetes.io/dockercfg'
  | 'kubernetes.io/dockerconfigjson'
  | 'kubernetes.io/service-account-token'
  | 'kubernetes.io/ssh-auth'
  | 'kubernetes.io/tls'
  | 'bootstrap.kubernetes.io/token'
  | (string & {});

/** Keys a type cannot do without. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

class SecretBuilder<K extends string = never> extends NamespacedManifest<V1Secret> {
  static readonly apiVersion = 'v1';
  static readonly kind = 'Secret';
  static readonly plural = 'secrets';
  static readonly namespaced = true;

  /** Keys that can be referred to; never present at run time. A function type, so that more keys are assignable to fewer. */
  declare readonly '~keys'?: (key: K) => void;

  constructor(name: string) {
    super(name);
  }

  static opaque(name: string): Secret {
    return new SecretBuilder(name).type('Opaque');
  }

  static dockerConfig(name: string, config: string | Readonly<Record<string, unknown>>): Secret<'.dockerconfigjson'> {
    return attempt('Secret.dockerConfig()', () => {
      const text = typeof config === 'string' ? config : JSON.stringify(config);
      return new SecretBuilder(name).type('kubernetes.io/dockerconfigjson').data('.dockerconfigjson', text);
    });
  }

  static tls(name: string, certificate: string | Uint8Array, key: string | Uint8Array): Secret<'tls.crt' | 'tls.key'> {
    return new SecretBuilder(name).type('kubernetes.io/tls').data('tls.crt', certificate).data('tls.key', key);
  }

  static from(object: V1Secret): Secret<string> {
    return new SecretBuilder<string>('').lift(object);
  }

  /** A value under a key: text (as UTF-8) or bytes, encoded as base64. Give the plain value, not base64. */
  data<const N extends string>(key: N, value: string | Uint8Array): Secret<K | N> {
    return this.with({ data: { ...this.state.fields.data, [key]: base64(value) } }) as never;
  }

  /**
   * Text under a key. Written to `data` like `.data()`: the wire's `stringData` is never read back, so that an object
   * written with it would never match what the server holds.
   */
  stringData<const N extends string>(key: N, value: string): Secret<K | N> {
    return this.data(key, value);
  }

  /** What the content is for. Cannot change later. @default 'Opaque' */
  type(type: SecretType): this {
    return this.with({ type });
  }

  /** Content can never change again; only deletion is possible. */
  immutable(on = true): this {
    return this.with({ immutable: on });
  }

  protected override check(object: V1Secret, report: Report): void {
    super.check(object, report);
    const { data, stringData } = object;
    checkConfigData({ text: stringData, textField: 'stringData', binary: data, binaryField: 'data' }, report);
    const keys = { ...data, ...stringData };
    for (const key of requiredKeys[object.type ?? ''] ?? []) {
      if (!Object.hasOwn(keys, key))
        report('CONFIG_KEY', `data.${key}`, `a secret of type ${object.type} needs the key "${key}"`);
    }
  }
}

/**
 * A Secret. `K` are the keys declared so far: containers that take a builder can only name those.
 *
 *     new Secret('db').data('password', password)
 *
 * @see https://kubernetes.io/docs/concepts/configuration/secret/
 */
export type Secret<K extends string = never> = SecretBuilder<K>;
export const Secret: KindToken<V1Secret> & {
  new (name: string): Secret;
  /** Arbitrary content, with the type written out. */
  opaque(name: string): Secret;
  /** Registry credentials: the content of a Docker `config.json`, as text or as an object. */
  dockerConfig(name: string, config: string | Readonly<Record<string, unknown>>): Secret<'.dockerconfigjson'>;
  /** A certificate chain and its key, both PEM. */
  tls(name: string, certificate: string | Uint8Array, key: string | Uint8Array): Secret<'tls.crt' | 'tls.key'>;
  /** Holds a plain object as it is; any key can be referred to. */
  from(object: V1Secret): Secret<string>;
} = SecretBuilder as never;
