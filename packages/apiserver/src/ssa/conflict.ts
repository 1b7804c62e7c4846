/** The conflicts of an apply: fields whose value it would change although somebody else owns them. */
import { describePath, type FieldSet, pathsOf } from './field-set.ts';
import type { Manager } from './managers.ts';

export interface ApplyConflict {
  /** Who owns the field. */
  readonly manager: Manager;
  /** `.spec.replicas` */
  readonly field: string;
  /** `conflict with "scaler" with subresource "scale" using apps/v1` */
  readonly message: string;
}

/** Owners with the fields an apply would take from them, as single conflicts sorted by owner. */
export function conflictsOf(
  owners: ReadonlyMap<string, { readonly manager: Manager; readonly fields: FieldSet }>,
): ApplyConflict[] {
  const sorted = [...owners].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.flatMap(([, { manager, fields }]) => {
    const message = `conflict with ${describeManager(manager)}`;
    return [...pathsOf(fields)].map((path) => ({ manager, field: describePath(path), message }));
  });
}

/** The message of the whole refusal: one line for one conflict, else a list per manager. */
export function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: ${first.message}: ${first.field}`;
  }
  const lines: string[] = [];
  let previous: Manager | undefined;
  for (const { manager, field } of conflicts) {
    if (manager !== previous) {
      lines.push(`conflicts with ${describeManager(manager)}:`);
      previous = manager;
    }
    lines.push(`- ${field}`);
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
}

function describeManager(manager: Manager): string {
  const subresource = manager.subresource === '' ? '' : ` with subresource ${JSON.stringify(manager.subresource)}`;
  const version = manager.operation === 'Update' ? ` using ${manager.apiVersion}` : '';
  return `${JSON.stringify(manager.name)}${subresource}${version}`;
}
