/** The state of a server at one moment: all objects, the revision counter, and the history watches replay. */
import type { StoreSnapshot } from './store/object-store.ts';

/** Opaque and immutable; taking one is cheap and shares all objects. Valid within one process. */
export interface ServerSnapshot {
  readonly store: StoreSnapshot;
}
