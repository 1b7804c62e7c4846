/**
 * The judge of every experiment: it sees the writes in the order in which the API server carried them out, and counts those
 * that follow a write with a higher token of the same cluster. Each of them would be a second writer.
 */
export interface FencedWrite {
  /** Milliseconds of `process.hrtime`, one clock for all processes of this host. */
  readonly atMs: number;
  /** `<clusterId>.<token>`, as the writer sent it. */
  readonly fence: string;
  readonly verb: string;
  readonly resource: string;
  readonly name: string;
  /** HTTP status; 0 when the connection was gone before the answer. */
  readonly code: number;
}

export interface Stamp {
  readonly clusterId: string;
  /** `00000001.000000000042`: sorts as text. */
  readonly token: string;
}

/** @throws Error for a stamp that is none. */
export function parseStamp(fence: string): Stamp {
  const [, clusterId, token] = /^(.+)\.(\d{8}\.\d{12})$/.exec(fence) ?? [];
  if (clusterId === undefined || token === undefined) throw new Error(`"${fence}" is no stamp`);
  return { clusterId, token };
}

export class FenceOracle {
  readonly #highest = new Map<string, { token: string; write: FencedWrite }>();
  #count = 0;
  /** Writes under an older token than one before them: must stay empty. At most the first hundred are kept. */
  readonly overlaps: { readonly late: FencedWrite; readonly after: FencedWrite }[] = [];

  /** Writes seen so far. */
  get count(): number {
    return this.#count;
  }

  /** More than one means that a second cluster was founded. */
  get clusterIds(): readonly string[] {
    return [...this.#highest.keys()];
  }

  /** The highest token of all, '' before the first write. */
  get token(): string {
    return [...this.#highest.values()].map(({ token }) => token).reduce((a, b) => (a > b ? a : b), '');
  }

  see(write: FencedWrite): void {
    const { clusterId, token } = parseStamp(write.fence);
    this.#count += 1;
    const highest = this.#highest.get(clusterId);
    if (highest === undefined || token >= highest.token) this.#highest.set(clusterId, { token, write });
    else if (this.overlaps.length < 100) this.overlaps.push({ late: write, after: highest.write });
  }
}
