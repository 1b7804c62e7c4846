/**
 * Writes on whose way out the lease ended, as their writers told of them. A process that was frozen there knows it as soon as it
 * goes on; an overlap that nobody told of would be a fault of ours.
 */
import type { FencedWrite } from './fence-oracle.ts';
import type { LogLine } from './replica.ts';

type Written = Pick<FencedWrite, 'fence' | 'resource' | 'name'>;

export class LateWrites {
  readonly #told: { readonly fence: string; readonly request: string }[] = [];

  /** Takes every line of every replica. */
  hear(line: LogLine): void {
    if (line.msg !== 'the lease ended while a write was on its way out') return;
    this.#told.push({ fence: String(line['fence']), request: String(line['request']) });
  }

  /** How many were told of. */
  get count(): number {
    return this.#told.length;
  }

  /** Whether its writer told of this one. */
  include({ fence, resource, name }: Written): boolean {
    const [kind = '', subresource] = resource.split('/');
    const parts = [kind.split('.')[0], name, subresource];
    const end = `/${parts.filter((part) => part !== undefined && part !== '').join('/')}`;
    return this.#told.some((told) => told.fence === fence && told.request.endsWith(end));
  }
}
