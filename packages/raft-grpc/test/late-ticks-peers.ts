/** Worker thread: voters 1 and 3, whose event loop nobody blocks. Tells its ports, then who leads; ends when told to. */
import { parentPort } from 'node:worker_threads';
import { startVoter, transportOf } from './late-ticks-node.ts';
import type { AddressBook } from './node.ts';

const book: AddressBook = new Map();
const drivers = await Promise.all(
  [1, 3].map(async (id) => {
    const transport = transportOf(book);
    const driver = await startVoter(id, transport, {
      leadership: {
        lease: () => {},
        revoke: (term) => queueMicrotask(() => driver.reconcilerStopped(term)),
        changed: ({ role, term }) => {
          if (role === 'leader') parentPort?.postMessage({ type: 'leads', id, term });
        },
      },
    });
    book.set(id, transport.port);
    return { driver, transport };
  }),
);
parentPort?.on('message', (message: { readonly port: number } | 'end') => {
  if (message === 'end') void end();
  else book.set(2, message.port);
});
parentPort?.postMessage({ type: 'ports', ports: [...book] });

async function end(): Promise<void> {
  for (const { driver, transport } of drivers) {
    await driver[Symbol.asyncDispose]();
    await transport[Symbol.asyncDispose]();
  }
  parentPort?.close();
}
