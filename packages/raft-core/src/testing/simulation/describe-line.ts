/** One event of a trace as one line: type first, then its fields by name. */
import type { RaftEvent } from '../../core/event.ts';
import type { CoreTrace } from '../../core/trace.ts';
import type { DriverTrace } from '../../inspect/trace-event.ts';
import type { Message } from '../../message.ts';

/** Fields that the reader knows already, or that are too long. */
const hidden = new Set(['type', 'to', 'data', 'configuration', 'entries', 'message', 'token']);

/** The line of an event or a trace record. */
export function describeLine(event: RaftEvent | CoreTrace | DriverTrace): string {
  if (event.type === 'message') return `<- ${describeMessage(event.message)}`;
  return `${event.type} ${fields(event)}`;
}

/** The line of a message. */
export function describeMessage(message: Message): string {
  const { type } = message;
  const entries = type === 'append' ? ` entries=${message.entries.length}` : '';
  return `${type} ${fields(message)}${entries}`;
}

function fields(record: object): string {
  return Object.entries(record)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' ');
}
