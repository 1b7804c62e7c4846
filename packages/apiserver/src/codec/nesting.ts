/** How deep a document may nest: what follows the parser descends by recursion. */
import type { JsonValue } from '../schema/schema-node.ts';

/** Kubernetes stops at 10,000; objects that people write stay below 100. */
export const maxNesting = 1_000;

/** Whether lists and objects stand more than `limit` deep in each other. Takes no stack of its own. */
export function nestsDeeperThan(limit: number, value: JsonValue): boolean {
  let containers = [value].filter(isContainer);
  for (let depth = 1; containers.length > 0; depth++) {
    if (depth > limit) return true;
    containers = containers.flatMap((container) => Object.values(container).filter(isContainer));
  }
  return false;
}

function isContainer(value: JsonValue): value is JsonValue & object {
  return typeof value === 'object' && value !== null;
}
