/** Answers in YAML, laid out as Kubernetes' own encoder does: sorted keys, lists not indented. */
import { stringify } from 'yaml';
import type { JsonValue } from '../schema/schema-node.ts';

/** A lone dot is plain text to Go's encoder; quoting it would only be cautious. */
const quotedDot = /^(?<indent>[ -]*)"\.":/gm;

export function encodeYaml(value: JsonValue): string {
  return stringify(value, {
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 0,
    aliasDuplicateObjects: false,
    version: '1.1',
  }).replace(quotedDot, '$<indent>.:');
}
