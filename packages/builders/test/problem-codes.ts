/** Reads what is wrong with a builder. */
import { isBuilderError, type Problem } from '@k8sop/builders';

/** The problems `toJSON()` throws, or none. Other errors pass through. */
export function problemsOf(program: { toJSON(): unknown }): readonly Problem[] {
  try {
    program.toJSON();
    return [];
  } catch (error) {
    if (isBuilderError(error)) return error.problems;
    throw error;
  }
}

/** Their codes, in order of path. */
export function codesOf(program: { toJSON(): unknown }): string[] {
  return problemsOf(program).map(({ code }) => code);
}
