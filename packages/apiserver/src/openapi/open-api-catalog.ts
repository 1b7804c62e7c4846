/**
 * The OpenAPI documents of everything that is served: the `/openapi/v3` index with content hashes, one document per
 * group-version, and `/openapi/v2`. Documents are built when first asked for and anew after the resources have changed.
 */
import { createHash } from 'node:crypto';
import { definitionsText, kubernetesMinor } from '../schema/gen/definitions.ts';
import { openApiDocument, swaggerDocument, type OpenApiResource } from './open-api-document.ts';

export interface OpenApiSource {
  /** Everything served at this moment. */
  resources(): readonly OpenApiResource[];
  /** Changes whenever `resources()` does. */
  generation(): number;
}

export interface EncodedDocument {
  readonly body: string;
  /** Of the content, as it appears in the index and as ETag (without quotes). */
  readonly hash: string;
}

/** Old kubectls ask for v2 in this form only; they need an answer of the type, not its content. */
export const swaggerProtobufType = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';

export class OpenApiCatalog {
  readonly #source: OpenApiSource;
  readonly #documents = new Map<string, EncodedDocument>();
  #hashes = new Map<string, string>();
  #index: string | undefined;
  #swagger: string | undefined;
  #generation: number | undefined;

  constructor(source: OpenApiSource) {
    this.#source = source;
  }

  /** The body of `/openapi/v3`. */
  index(): string {
    this.#refresh();
    return (this.#index ??= JSON.stringify({
      paths: Object.fromEntries(
        [...this.#hashes].map(([path, hash]) => [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]),
      ),
    }));
  }

  /** The document at `api/v1` or `apis/GROUP/VERSION`; `undefined` when nothing of it is served. */
  document(path: string): EncodedDocument | undefined {
    this.#refresh();
    const hash = this.#hashes.get(path);
    if (hash === undefined) return undefined;
    const known = this.#documents.get(path);
    if (known?.hash === hash) return known;
    const resources = this.#source.resources().filter((resource) => pathOf(resource) === path);
    const document = { body: JSON.stringify(openApiDocument(resources, kubernetesMinor)), hash };
    this.#documents.set(path, document);
    return document;
  }

  /** The JSON form of `/openapi/v2`: definitions of all kinds. */
  swagger(): string {
    this.#refresh();
    return (this.#swagger ??= JSON.stringify(swaggerDocument(this.#source.resources(), kubernetesMinor)));
  }

  #refresh(): void {
    const generation = this.#source.generation();
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#index = undefined;
    this.#swagger = undefined;
    const groups = Map.groupBy(this.#source.resources(), pathOf);
    const paths = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1));
    this.#hashes = new Map(paths.map(([path, resources]) => [path, hashOf(resources)]));
    for (const path of this.#documents.keys()) if (!this.#hashes.has(path)) this.#documents.delete(path);
  }
}

function pathOf({ info }: OpenApiResource): string {
  return info.group === '' ? `api/${info.version}` : `apis/${info.group}/${info.version}`;
}

let bundleHash: string | undefined;

/** Of the inputs, so that an index doesn't cost the building of every document. */
function hashOf(resources: readonly OpenApiResource[]): string {
  bundleHash ??= createHash('sha512').update(definitionsText).digest('hex');
  return createHash('sha512').update(bundleHash).update(JSON.stringify(resources)).digest('hex').toUpperCase();
}

/** An empty document: swagger "2.0" and a title, in the wire format. */
export function swaggerProtobuf(): Buffer {
  const field = (tag: number, content: Buffer): Buffer => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const info = Buffer.concat([field(0x0a, Buffer.from('Kubernetes')), field(0x12, Buffer.from(kubernetesMinor))]);
  return Buffer.concat([field(0x0a, Buffer.from('2.0')), field(0x12, info)]);
}
