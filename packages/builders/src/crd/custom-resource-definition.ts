/**
 * The CustomResourceDefinition object, `apiextensions.k8s.io/v1`, with its schema typed as a structural schema.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/custom-resource-definition-v1/
 */
import type { KubeObject } from '../kinds/kind.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  /** Heading. */
  readonly name: string;
  readonly type: 'integer' | 'number' | 'string' | 'boolean' | 'date';
  /** Where the value is, such as `.spec.replicas`. */
  readonly jsonPath: string;
  readonly description?: string;
  readonly format?: string;
  /** Above 0: only with `-o wide`. @default 0 */
  readonly priority?: number;
}

/** Paths behind the scale subresource. */
export interface ScalePaths {
  /** Below `.spec`, without array notation. */
  readonly specReplicasPath: string;
  /** Below `.status`, without array notation. */
  readonly statusReplicasPath: string;
  /** Where the serialized selector is, below `.spec` or `.status`; autoscalers need it. */
  readonly labelSelectorPath?: string;
}

/** How objects are converted between versions. */
export interface ConversionOptions {
  /** `None` only changes `apiVersion`. */
  readonly strategy: 'None' | 'Webhook';
  readonly webhook?: {
    readonly conversionReviewVersions: readonly string[];
    readonly clientConfig?: {
      readonly url?: string;
      readonly caBundle?: string;
      readonly service?: {
        readonly namespace: string;
        readonly name: string;
        readonly path?: string;
        readonly port?: number;
      };
    };
  };
}

/** One entry of `spec.versions`. */
export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly schema: { readonly openAPIV3Schema: StructuralSchema };
  readonly subresources?: { readonly status?: Record<string, never>; readonly scale?: ScalePaths };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

/** A CustomResourceDefinition as `customResource(…).crd()` yields it. */
export interface CustomResourceDefinition extends KubeObject {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind?: string;
      readonly plural: string;
      readonly singular?: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly scope: 'Namespaced' | 'Cluster';
    readonly versions: readonly CrdVersion[];
    readonly conversion?: ConversionOptions;
  };
}
