/** Which representation a client asks for: JSON or YAML, plain or as Table or PartialObjectMetadata. */
import { StatusError } from './status-error.ts';

export interface Representation {
  readonly format: 'json' | 'yaml';
  readonly as: 'object' | 'Table' | 'PartialObjectMetadata';
  /** The content type of the answer. */
  readonly contentType: string;
}

export const plainJson: Representation = { format: 'json', as: 'object', contentType: 'application/json' };

const readable = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const watchable = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';

/**
 * The first acceptable representation of an Accept header.
 * @throws StatusError 406 when nothing fits; protobuf alone is such a case.
 */
export function negotiate(accept: string | undefined, forWatch: boolean): Representation {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return plainJson;
  for (const clause of accept.split(',')) {
    const found = readClause(clause, forWatch);
    if (found !== undefined) return found;
  }
  const available = forWatch ? `${readable}, ${watchable}` : readable;
  throw new StatusError(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${available}`, {});
}

function readClause(clause: string, forWatch: boolean): Representation | undefined {
  const [media = '', ...parameters] = clause.split(';').map((part) => part.trim());
  const format = formatOf(media, forWatch);
  if (format === undefined) return undefined;
  const contentType = format === 'json' ? 'application/json' : 'application/yaml';
  const values = new Map(parameters.map((parameter) => splitParameter(parameter)));
  const as = values.get('as');
  if (as === undefined) return { format, as: 'object', contentType };
  if (values.get('g') !== 'meta.k8s.io' || (values.get('v') !== 'v1' && values.get('v') !== 'v1beta1'))
    return undefined;
  if (as === 'Table') return { format, as, contentType };
  if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') {
    return { format, as: 'PartialObjectMetadata', contentType };
  }
  return undefined;
}

function formatOf(media: string, forWatch: boolean): 'json' | 'yaml' | undefined {
  if (media === 'application/json' || media === '*/*' || media === 'application/*') return 'json';
  return media === 'application/yaml' && !forWatch ? 'yaml' : undefined;
}

function splitParameter(parameter: string): [string, string] {
  const equals = parameter.indexOf('=');
  return equals === -1 ? [parameter, ''] : [parameter.slice(0, equals), parameter.slice(equals + 1)];
}
