/**
 * Regular expressions as Kubernetes means them: RE2 syntax, matched in time linear in the text, so that neither a CRD's
 * `pattern` nor a rule can keep the server busy. The engine is loaded with the first expression.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

const load = createRequire(import.meta.url);
let engine: typeof RE2JS | undefined;

/** The compiled expression, or RE2's complaint about it. */
export type CompiledExpression =
  | { readonly ok: true; readonly expression: RE2JS }
  | { readonly ok: false; readonly problem: string };

const compiled = new Map<string, CompiledExpression>();
const maxCompiled = 512;

export function compileExpression(pattern: string): CompiledExpression {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (compiled.size >= maxCompiled) compiled.clear();
  const result = compile(pattern);
  compiled.set(pattern, result);
  return result;
}

function compile(pattern: string): CompiledExpression {
  engine ??= (load('re2js') as { RE2JS: typeof RE2JS }).RE2JS;
  try {
    return { ok: true, expression: engine.compile(pattern) };
  } catch (error) {
    return { ok: false, problem: (error as Error).message };
  }
}
