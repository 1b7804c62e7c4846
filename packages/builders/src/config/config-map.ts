/** ConfigMap: configuration as text or bytes, by key. */
import type { Report } from '../builder-error.ts';
import { checkConfigData } from '../check/config-data.ts';
import type { V1ConfigMap } from '../gen/core/v1.ts';
import type { KindToken } from '../kinds/kind-token.ts';
import { NamespacedManifest } from '../manifest.ts';
import { base64 } from '../values/base64.ts';

class ConfigMapBuilder<K extends string = never> extends NamespacedManifest<V1ConfigMap> {
  static readonly apiVersion = 'v1';
  static readonly kind = 'ConfigMap';
  static readonly plural = 'configmaps';
  static readonly namespaced = true;

  /** Keys that can be referred to; never present at run time. A function type, so that more keys are assignable to fewer. */
  declare readonly '~keys'?: (key: K) => void;

  constructor(name: string) {
    super(name);
  }

  static from(object: V1ConfigMap): ConfigMap<string> {
    return new ConfigMapBuilder<string>('').lift(object);
  }

  /** Text under a key; an earlier value of the key is replaced. */
  data<const N extends string>(key: N, value: string): ConfigMap<K | N> {
    return this.with({ data: { ...this.state.fields.data, [key]: value } }) as never;
  }

  /** Content of a file under a key. The content is given: no file is read. */
  fromFile<const N extends string>(key: N, content: string): ConfigMap<K | N> {
    return this.data(key, content);
  }

  /** Bytes under a key, which must not also hold text. */
  binaryData<const N extends string>(key: N, bytes: Uint8Array): ConfigMap<K | N> {
    return this.with({ binaryData: { ...this.state.fields.binaryData, [key]: base64(bytes) } }) as never;
  }

  /** Content can never change again; only deletion is possible. */
  immutable(on = true): this {
    return this.with({ immutable: on });
  }

  protected override check(object: V1ConfigMap, report: Report): void {
    super.check(object, report);
    const { data, binaryData } = object;
    checkConfigData({ text: data, textField: 'data', binary: binaryData, binaryField: 'binaryData' }, report);
    for (const key of Object.keys(data ?? {})) {
      if (Object.hasOwn(binaryData ?? {}, key)) report('CONFIG_KEY', `data.${key}`, `"${key}" is also in binaryData`);
    }
  }
}

/**
 * A ConfigMap. `K` are the keys declared so far: containers that take a builder can only name those.
 *
 *     new ConfigMap('web').data('config.yaml', 'key: value')
 *
 * @see https://kubernetes.io/docs/concepts/configuration/configmap/
 */
export type ConfigMap<K extends string = never> = ConfigMapBuilder<K>;
export const ConfigMap: KindToken<V1ConfigMap> & {
  new (name: string): ConfigMap;
  /** Holds a plain object as it is; any key can be referred to. */
  from(object: V1ConfigMap): ConfigMap<string>;
} = ConfigMapBuilder as never;
