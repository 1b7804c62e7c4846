/** What a conformance suite needs of a test framework; vitest, jest and node:test with an expect library all have it. */
export interface SuiteFramework {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (name: string, body: () => Promise<void>) => void;
  readonly expect: (actual: unknown) => { readonly toEqual: (expected: unknown) => void };
}

/** Code of the error that `work` rejects with; `resolved` when it does not. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'resolved';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
}
