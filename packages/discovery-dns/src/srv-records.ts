/**
 * What SRV records of a headless Service tell: the port of each pod. Pure.
 *
 * @see RFC 2782
 */
export interface SrvRecord {
  /** Full name of the pod, with or without a final dot. */
  readonly target: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/**
 * The port that the records give for a target, or `undefined` when they name none. Of several, the lowest priority wins,
 * then the highest weight, then the lowest port, so the order of an answer never matters.
 */
export function portOf(target: string, records: readonly SrvRecord[]): number | undefined {
  const own = records.filter((record) => sameName(record.target, target) && record.port > 0 && record.port <= 65_535);
  own.sort((a, b) => a.priority - b.priority || b.weight - a.weight || a.port - b.port);
  return own[0]?.port;
}

function sameName(a: string, b: string): boolean {
  return a.replace(/\.$/, '').toLowerCase() === b.replace(/\.$/, '').toLowerCase();
}
