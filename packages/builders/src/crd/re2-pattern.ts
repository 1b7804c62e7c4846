/**
 * Tells whether a pattern written for JavaScript means the same to the API server, whose engine is RE2.
 *
 * RE2 has no look-around and no back-references, spells a named group `(?P<name>…)` and refuses unknown escapes, while
 * JavaScript reads an unknown escape as the letter itself. Anything that could differ is refused.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */

/** RE2's limit on counted repetition. */
const MAX_REPETITION = 1000;

/** Letters that may follow a backslash with one meaning in both engines. */
const COMMON_ESCAPES = 'dDwWsSbBfnrtv';

/**
 * The reason why RE2 would refuse the pattern or read it differently, with the fix; undefined when it is portable.
 *
 * @param pattern a regular expression without delimiters and flags
 */
export function re2Problem(pattern: string): string | undefined {
  for (let at = 0; at < pattern.length; at++) {
    const problem = problemAt(pattern, at);
    if (problem !== undefined) return problem;
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === '[') at = endOfClass(pattern, at);
  }
  return repetitionProblem(pattern);
}

function problemAt(pattern: string, at: number): string | undefined {
  const rest = pattern.slice(at);
  if (rest.startsWith('\\')) return escapeProblem(rest, false);
  if (rest.startsWith('[')) return classProblem(pattern, at);
  if (!rest.startsWith('(?')) return undefined;
  if (/^\(\?<?[=!]/.test(rest)) return 'look-around is not supported; state the rule with cel()';
  if (rest.startsWith('(?<')) return 'a group named (?<name>…) is not supported; use (…) or (?:…)';
  return undefined;
}

function escapeProblem(rest: string, inClass: boolean): string | undefined {
  const letter = rest[1];
  if (letter === undefined) return 'the pattern ends in a backslash';
  if (letter === 'k' || /[1-9]/.test(letter)) return 'back-references are not supported; state the rule with cel()';
  if (letter === 'u') return `\\u is not supported; write the character itself or \\x{…}`;
  if (inClass && /[bB]/.test(letter)) return `\\${letter} inside brackets is not supported; use \\x08 for backspace`;
  if (letter === 'p' || letter === 'P') {
    return /^\\[pP]\{\^?[A-Z][A-Za-z_]*\}/.test(rest) && !rest.slice(0, 20).includes('=')
      ? undefined
      : `\\${letter} needs a short category or script such as \\${letter}{L} or \\${letter}{Greek}`;
  }
  if (letter === 'x')
    return /^\\x([0-9A-Fa-f]{2}|\{[0-9A-Fa-f]+\})/.test(rest) ? undefined : '\\x needs two hex digits';
  if (/[A-Za-z]/.test(letter) && !COMMON_ESCAPES.includes(letter)) {
    return `\\${letter} means something else or nothing there; write ${letter} without the backslash`;
  }
  return undefined;
}

function classProblem(pattern: string, start: number): string | undefined {
  const end = endOfClass(pattern, start);
  const content = pattern.slice(start + 1, end);
  if (content === '' || content === '^') return `"[${content}]" is not supported; list at least one character`;
  if (/\[[:.=]/.test(content)) return 'POSIX classes inside brackets differ between engines; spell out the ranges';
  for (let at = 0; at < content.length; at++) {
    if (content[at] !== '\\') continue;
    const problem = escapeProblem(content.slice(at), true);
    if (problem !== undefined) return problem;
    at += 1;
  }
  return undefined;
}

/** Index of the bracket that closes the class opened at `start`, or of the last character. */
function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']') return at;
  }
  return pattern.length;
}

function repetitionProblem(pattern: string): string | undefined {
  for (const [text, low, high] of pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    if (Number(low) > MAX_REPETITION || Number(high ?? 0) > MAX_REPETITION) {
      return `${text} exceeds the limit of ${MAX_REPETITION} repetitions; use minLength and maxLength`;
    }
  }
  return undefined;
}
