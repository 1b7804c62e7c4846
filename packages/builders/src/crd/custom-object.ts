/** The TypeScript type of a custom resource's objects, inferred from its schemas. */
import type { Static, TSchema } from 'typebox';
import type { ObjectMeta } from '../kinds/kind.ts';

/** An object of apiVersion `A` and kind `K`. Status is optional: a new object has none. */
export type CustomObject<
  A extends string,
  K extends string,
  Spec extends TSchema,
  Status extends TSchema | undefined,
> = Flat<
  { apiVersion: A; kind: K; metadata: ObjectMeta } & SpecPart<Spec> &
    ([Status] extends [TSchema] ? { status?: Static<Status> } : Record<never, never>)
>;

type SpecPart<Spec extends TSchema> = Spec extends { readonly '~optional': true }
  ? { spec?: Static<Spec> }
  : { spec: Static<Spec> };

type Flat<T> = { [P in keyof T]: T[P] };
