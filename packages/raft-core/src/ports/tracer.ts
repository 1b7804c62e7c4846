/** Where trace events go. The core never logs; a tracer decides what becomes a log line, a metric or a test's record. */
import type { TraceEvent } from '../inspect/trace-event.ts';

export interface Tracer {
  /** Called synchronously with each event; must return quickly and never throw. The event is never changed later. */
  trace(event: TraceEvent): void;
}
