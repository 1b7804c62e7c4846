/** Label selectors as query text: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. */
import { badRequest } from './status-error.ts';

type Labels = Readonly<Record<string, string>> | undefined;
export type LabelSelector = (labels: Labels) => boolean;

type Token = { readonly kind: 'word' | 'symbol' | 'end'; readonly text: string };

const symbols = new Set([')', ',', '!', '(', '=', '>', '<']);

/** @throws StatusError 400 in the words of Kubernetes' parser. */
export function parseLabelSelector(text: string): LabelSelector {
  const parser = new SelectorParser(tokenize(text));
  const requirements = parser.parse();
  return (labels) => {
    for (const requirement of requirements) if (!requirement(labels)) return false;
    return true;
  };
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let i = 0;
  while (i < text.length) {
    const char = text.charAt(i);
    if (' \t\r\n'.includes(char)) {
      i++;
      continue;
    }
    const start = i;
    if (symbols.has(char)) {
      i++;
      if ((char === '=' || char === '!') && text.charAt(i) === '=') i++;
      tokens.push({ kind: 'symbol', text: text.slice(start, i) });
      continue;
    }
    while (i < text.length && !symbols.has(text.charAt(i)) && !' \t\r\n'.includes(text.charAt(i))) i++;
    tokens.push({ kind: 'word', text: text.slice(start, i) });
  }
  return tokens;
}

class SelectorParser {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): LabelSelector[] {
    const requirements: LabelSelector[] = [];
    while (this.#peek().kind !== 'end') {
      requirements.push(this.#requirement());
      const token = this.#take();
      if (token.kind === 'end') break;
      if (token.text !== ',') throw unparsable(`found '${token.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind === 'end' || (following.kind === 'symbol' && following.text !== '!')) {
        throw unparsable(`found '${following.text}', expected: identifier after ','`);
      }
    }
    return requirements;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #requirement(): LabelSelector {
    const negated = this.#peek().text === '!';
    if (negated) this.#take();
    const key = this.#take();
    if (key.kind !== 'word') throw requirementError(`found '${key.text}', expected: identifier`);
    checkKey(key.text);
    const follower = this.#peek();
    if (negated || follower.kind === 'end' || follower.text === ',') {
      return negated ? (labels) => labels?.[key.text] === undefined : (labels) => labels?.[key.text] !== undefined;
    }
    return this.#comparison(key.text, this.#take());
  }

  #comparison(key: string, operator: Token): LabelSelector {
    switch (operator.text) {
      case '=':
      case '==': {
        const wanted = this.#value(key);
        return (labels) => labels?.[key] === wanted;
      }
      case '!=': {
        const unwanted = this.#value(key);
        return (labels) => labels?.[key] !== unwanted;
      }
      case 'in': {
        const wanted = this.#values(key);
        return (labels) => wanted.has(labels?.[key] ?? '\0');
      }
      case 'notin': {
        const unwanted = this.#values(key);
        return (labels) => !unwanted.has(labels?.[key] ?? '\0');
      }
      case '>':
        return this.#numeric(key, (value, bound) => value > bound);
      case '<':
        return this.#numeric(key, (value, bound) => value < bound);
      default:
        throw requirementError(
          `found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`.replace(
            'in, notin, =',
            "'in', 'notin', '='",
          ),
        );
    }
  }

  #numeric(key: string, compare: (value: number, bound: number) => boolean): LabelSelector {
    const bound = this.#value(key);
    if (!/^-?\d+$/.test(bound)) {
      throw badRequest(
        `values[0][${key}]: Invalid value: "${bound}": for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    return (labels) => {
      const value = labels?.[key];
      return value !== undefined && /^-?\d+$/.test(value) && compare(Number(value), Number(bound));
    };
  }

  #value(key: string): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.text === ',') return '';
    this.#take();
    if (token.kind !== 'word') throw requirementError(`found '${token.text}', expected: identifier`);
    checkValue(key, token.text);
    return token.text;
  }

  #values(key: string): Set<string> {
    const open = this.#take();
    if (open.text !== '(') throw requirementError(`found '${open.text}' expected: '('`);
    const values = new Set<string>();
    for (;;) {
      const token = this.#take();
      if (token.kind === 'word') {
        checkValue(key, token.text);
        values.add(token.text);
        if (this.#peek().kind === 'word') throw requirementError(`found '${this.#peek().text}', expected: ',' or ')'`);
        continue;
      }
      if (token.text === ',') {
        if (this.#peek().text === ',' || this.#peek().text === ')') values.add('');
        continue;
      }
      if (token.text === ')') return values;
      throw requirementError(`found '${token.text}', expected: ',', ')' or identifier`);
    }
  }
}

const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

function checkKey(key: string): void {
  const slash = key.indexOf('/');
  const name = slash === -1 ? key : key.slice(slash + 1);
  const prefixFits = slash === -1 || subdomain.test(key.slice(0, slash));
  if (prefixFits && name.length <= 63 && qualifiedName.test(name)) return;
  throw requirementError(
    `key: Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  );
}

function checkValue(key: string, value: string): void {
  if (value.length > 63) {
    throw requirementError(`values[0][${key}]: Invalid value: "${value}": must be no more than 63 bytes`);
  }
  if (labelValue.test(value)) return;
  throw requirementError(
    `values[0][${key}]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
  );
}

function requirementError(detail: string): Error {
  return badRequest(`unable to parse requirement: ${detail}`);
}

function unparsable(detail: string): Error {
  return badRequest(detail);
}
