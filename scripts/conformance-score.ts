/** Reads the totals that the comparer prints: one line a group, `name  same/total`. */
export interface ConformanceScore {
  readonly groups: Readonly<Record<string, readonly [same: number, total: number]>>;
  readonly same: number;
  readonly total: number;
}

export function parseScore(output: string): ConformanceScore {
  const groups: Record<string, [number, number]> = {};
  for (const [, name, same, total] of output.matchAll(/^([a-z][\w.-]*)\s+(\d+)\/(\d+)$/gm)) {
    groups[name as string] = [Number(same), Number(total)];
  }
  const rows = Object.values(groups);
  return {
    groups,
    same: rows.reduce((sum, [same]) => sum + same, 0),
    total: rows.reduce((sum, [, total]) => sum + total, 0),
  };
}
