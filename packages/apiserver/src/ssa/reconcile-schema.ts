/**
 * Brings recorded ownership in line with a schema that has since changed. Who owned fields inside something that has
 * become atomic owns it whole; what has become granular is owned as recorded, so inner fields start without owners.
 */
import type { SchemaNode } from '../schema/schema-node.ts';
import { type FieldSet, LEAF_SET } from './field-set.ts';
import type { Manager, Managers } from './managers.ts';
import { withFields } from './managers.ts';
import type { PathElement } from './path-element.ts';
import { fieldType, type TypeNode } from './type-view.ts';

const reconciled = new WeakMap<SchemaNode, WeakMap<FieldSet, FieldSet>>();

/** The managers themselves when nothing has to change, which is nearly always. */
export function reconcileManagers(managers: Managers, schema: SchemaNode | undefined): Managers {
  if (schema === undefined) {
    return managers;
  }
  let changed: Map<string, Manager> | undefined;
  for (const [id, manager] of managers) {
    const fields = reconcileOnce(manager.fields, schema);
    if (fields !== manager.fields) {
      changed ??= new Map(managers);
      changed.set(id, withFields(manager, fields));
    }
  }
  return changed ?? managers;
}

function reconcileOnce(fields: FieldSet, schema: SchemaNode): FieldSet {
  let known = reconciled.get(schema);
  if (known === undefined) {
    known = new WeakMap();
    reconciled.set(schema, known);
  }
  let result = known.get(fields);
  if (result === undefined) {
    result = reconcile(fields, schema);
    known.set(fields, result);
  }
  return result;
}

function reconcile(set: FieldSet, node: TypeNode): FieldSet {
  if (set.children === undefined || node === undefined) {
    return set;
  }
  if ((node.type === 'object' && node.mapType === 'atomic') || (node.type === 'array' && node.listType === 'atomic')) {
    return LEAF_SET;
  }
  let children: Map<PathElement, FieldSet> | undefined;
  for (const [element, child] of set.children) {
    const type = element.startsWith('f:') ? fieldType(node, element.slice(2)) : node.items;
    const result = reconcile(child, type);
    if (result !== child) {
      children ??= new Map(set.children);
      children.set(element, result);
    }
  }
  return children === undefined ? set : { member: set.member, children };
}
