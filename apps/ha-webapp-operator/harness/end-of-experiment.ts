/**
 * Aborts on Ctrl-C, SIGTERM, a closed terminal, and when npm is gone: a SIGTERM to npm alone ends npm without telling its
 * children, so the process that called us is polled.
 */
export function endOfExperiment(): AbortSignal {
  const controller = new AbortController();
  const end = (): void => controller.abort(new Error('interrupted'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, end);
  const parent = Number(process.env['K8SOP_PARENT']);
  if (parent > 0) {
    setInterval(() => {
      try {
        process.kill(parent, 0);
      } catch {
        end();
      }
    }, 500).unref();
  }
  return controller.signal;
}
