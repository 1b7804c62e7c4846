/** What discovery, routing and projection know of one served resource in one group-version. */
export interface ResourceInfo {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** create, delete, deletecollection, get, list, patch, update, watch; create-only for reviews. */
  readonly verbs: readonly string[];
  readonly subresources: readonly SubresourceInfo[];
  /** The status subresource separates writes of spec and status. */
  readonly hasStatus: boolean;
}

export interface SubresourceInfo {
  /** The part after the slash: status, scale, eviction, log … */
  readonly name: string;
  readonly group: string | undefined;
  readonly version: string | undefined;
  readonly kind: string;
  readonly verbs: readonly string[];
}
