/**
 * Which disks may be lost, and which hints forgotten, without the cluster being lost as well: after it, every membership
 * that anybody may still act under has a live quorum.
 *
 * More can't be asked of any protocol: a membership whose majority has lost its disks can neither commit nor elect, and
 * the entries that only those disks held are gone. Within that bound anything goes: during a change, in a joint phase,
 * several disks at once, before earlier losses are repaired.
 */
import { decodeConfiguration, type Configuration, type Member } from '../../configuration.ts';
import type { LogIndex } from '../../ids.ts';
import { quorum } from './safety-oracle.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulationWorld } from './simulation-world.ts';

/** True when the cluster survives that `node` loses its disk now. */
export function survivesLossOf(node: SimulatedNode, world: SimulationWorld): boolean {
  const { configuration } = world.oracle.history;
  if (configuration === null) return false;
  const alive = (member: Member): boolean => member.uuid !== node.uuid && isAlive(member, world);
  const used = [configuration, ...world.oracle.undecidedConfigurations()];
  for (const other of world.nodes) {
    if (other === node || !other.isMemberOf(configuration)) continue;
    // A process that still reads its disk may have forgotten the hint already.
    const known = other.up && other.core === null ? 0 : other.disk.commitHint;
    used.push(...newestConfigurations(other.disk, known));
    if (other.core !== null) used.push(other.core.configuration);
  }
  return used.every((known) => quorum(known, alive));
}

/** True when the cluster survives that a node starts without knowing what was committed. */
export function survivesForgetting(disk: SimulatedDisk, world: SimulationWorld): boolean {
  return newestConfigurations(disk, 0).every((known) => quorum(known, (member) => isAlive(member, world)));
}

function isAlive({ uuid }: Member, world: SimulationWorld): boolean {
  return world.disks.get(uuid)?.wiped === false;
}

/**
 * The memberships a node may act under after a start: those of the last two changes on its disk, as all before them are
 * surely committed; only the last when its disk says that this one is, too.
 */
function newestConfigurations({ snapshot, entries }: SimulatedDisk, commit: LogIndex): readonly Configuration[] {
  const base = snapshot?.ref.index ?? 0;
  const known = snapshot === null ? [] : [snapshot.ref.configuration];
  let lastIndex = base;
  for (const { type, index, data } of entries) {
    if (type !== 'configuration' || index <= base) continue;
    const configuration = decodeConfiguration(data);
    if (configuration === undefined) continue;
    known.push(configuration);
    lastIndex = index;
  }
  return known.slice(lastIndex <= commit ? -1 : -2);
}
