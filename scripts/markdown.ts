/** Reads the parts of a Markdown file that the documentation checks look at: fenced blocks, links and headings. */
export interface CodeBlock {
  readonly language: string;
  /** The words after the language: `run`, `nocheck reason …`. */
  readonly info: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  /** From a comment `<!-- file: PATH -->` right before the block: the file that it must equal. */
  readonly file: string | undefined;
}

export interface MarkdownLink {
  readonly target: string;
  readonly line: number;
}

export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split('\n');
  let open: { language: string; info: string; line: number; file: string | undefined; fence: string } | undefined;
  let code: string[] = [];
  let file: string | undefined;
  lines.forEach((text, index) => {
    if (open) {
      if (text.trimEnd() === open.fence) {
        const { language, info, line, file: equal } = open;
        blocks.push({ language, info, line, file: equal, code: `${code.join('\n')}\n` });
        open = undefined;
        file = undefined;
      } else code.push(text);
      return;
    }
    const fence = /^(```+)(\w*) *(.*)$/.exec(text);
    if (fence) {
      open = { fence: fence[1] ?? '', language: fence[2] ?? '', info: fence[3] ?? '', line: index + 1, file };
      code = [];
      return;
    }
    const comment = /^<!-- file: (\S+) -->$/.exec(text);
    if (comment) file = comment[1];
    else if (text !== '') file = undefined;
  });
  return blocks;
}

export function links(markdown: string): MarkdownLink[] {
  return proseLines(markdown).flatMap(({ text, line }) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => ({ target: match[1] ?? '', line })),
  );
}

/** Anchors as renderers derive them from headings: lower case, punctuation dropped, spaces to dashes. */
export function anchors(markdown: string): Set<string> {
  const headings = proseLines(markdown).flatMap(({ text }) => /^#+ +(.*)$/.exec(text)?.[1] ?? []);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function proseLines(markdown: string): { text: string; line: number }[] {
  let inside = false;
  return markdown.split('\n').flatMap((text, index) => {
    if (text.startsWith('```')) {
      inside = !inside;
      return [];
    }
    return inside
      ? []
      : [{ text: text.replaceAll(/`[^`]*`/g, (code) => (code.includes('](') ? '' : code)), line: index + 1 }];
  });
}
