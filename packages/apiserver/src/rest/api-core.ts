/** What every operation of the server works on; one per running server. */
import type { Clock } from '../store/clock.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { RandomSource } from '../store/random-source.ts';
import type { WatchHub } from '../watch/watch-hub.ts';
import type { ResourceRegistry } from './resource-registry.ts';

export interface ApiCore {
  readonly store: ObjectStore;
  readonly registry: ResourceRegistry;
  readonly watches: WatchHub;
  readonly clock: Clock;
  readonly random: RandomSource;
}
