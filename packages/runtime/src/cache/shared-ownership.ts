/**
 * Lets cached objects share equal parts of their field ownership.
 *
 * Objects that one controller applies differ in names and UIDs, hardly ever in the set of fields it owns, yet that set
 * is often larger than the rest of the object. Equal `f:spec`, `f:status` and other top-level sets are kept once; of
 * `f:metadata`, which names the owner's UID, every branch but that one.
 */

/** Distinct branches remembered; beyond it the memory starts anew, which costs sharing, never correctness. */
const MAX_BRANCHES = 4096;

type Fields = Readonly<Record<string, unknown>>;

const branches: Map<string, unknown> = new Map();

/** Equal to `fieldsV1`, with shared branches. */
export function shareOwnership(fieldsV1: unknown): unknown {
  if (!isFields(fieldsV1)) return fieldsV1;
  const shared: Record<string, unknown> = {};
  for (const field of Object.keys(fieldsV1)) {
    const below = fieldsV1[field];
    shared[field] = field === 'f:metadata' && isFields(below) ? shareMetadata(below) : shareBranch(below);
  }
  return shared;
}

function shareMetadata(fields: Fields): unknown {
  const children: Record<string, unknown> = {};
  for (const field of Object.keys(fields)) {
    children[field] = field === 'f:ownerReferences' ? fields[field] : shareBranch(fields[field]);
  }
  return children;
}

function shareBranch(branch: unknown): unknown {
  const text = JSON.stringify(branch);
  const known = branches.get(text);
  if (known !== undefined) return known;
  if (branches.size >= MAX_BRANCHES) branches.clear();
  branches.set(text, branch);
  return branch;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}
