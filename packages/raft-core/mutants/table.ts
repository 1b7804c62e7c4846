/** All mutants, by subject. */
import { driverMutants } from './driver.ts';
import { electionMutants } from './elections.ts';
import { leaseMutants } from './leases.ts';
import { membershipMutants } from './membership.ts';
import type { Mutant } from './mutant.ts';
import { orderingMutants } from './ordering.ts';
import { replicationMutants } from './replication.ts';

export const mutants: readonly Mutant[] = [
  ...orderingMutants,
  ...leaseMutants,
  ...electionMutants,
  ...replicationMutants,
  ...membershipMutants,
  ...driverMutants,
];
