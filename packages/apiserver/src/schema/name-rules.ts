/**
 * The naming rules of Kubernetes. Each answers the problem in Kubernetes' words, or nothing when the name is fine.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */

/** Problems of a name, usually none or one. */
export type NameRule = (name: string) => string[];

const labelPattern = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomainPattern = `${labelPattern}(\\.${labelPattern})*`;
const label1035Pattern = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedPattern = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const labelValuePattern = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';

function complaint(text: string, pattern: string, ...examples: string[]): string {
  const shown = examples.map((example, i) => `${i === 0 ? '' : ' or '}'${example}', `).join('');
  return `${text} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

const labelComplaint = complaint(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  labelPattern,
  'my-name',
  '123-abc',
);
const subdomainComplaint = complaint(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  subdomainPattern,
  'example.com',
);
const label1035Complaint = complaint(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  label1035Pattern,
  'my-name',
  'abc-123',
);
const qualifiedComplaint = complaint(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedPattern,
  'MyName',
  'my.name',
  '123-abc',
);
const labelValueComplaint = complaint(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  labelValuePattern,
  'MyValue',
  'my_value',
  '12345',
);

const label = new RegExp(`^${labelPattern}$`);
const subdomain = new RegExp(`^${subdomainPattern}$`);
const label1035 = new RegExp(`^${label1035Pattern}$`);
const qualified = new RegExp(`^${qualifiedPattern}$`);
const labelValue = new RegExp(`^${labelValuePattern}$`);

function rule(pattern: RegExp, text: string, maxLength: number): NameRule {
  return (name) => [
    ...(name.length > maxLength ? [tooLongName(maxLength)] : []),
    ...(pattern.test(name) ? [] : [text]),
  ];
}

export function tooLongName(maxLength: number): string {
  return `must be no more than ${maxLength} characters`;
}

/** One part of a host name, up to 63 characters: namespaces, containers, ports. */
export const dns1123Label: NameRule = rule(label, labelComplaint, 63);
/** A host name, up to 253 characters: most objects. */
export const dns1123Subdomain: NameRule = rule(subdomain, subdomainComplaint, 253);
/** Like a label, beginning with a letter: services. */
export const dns1035Label: NameRule = rule(label1035, label1035Complaint, 63);

/** A path segment: RBAC names, which may contain `:`. */
export const pathSegment: NameRule = (name) => {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
};

/** `[prefix/]name`: keys of labels, names of finalizers. */
export const qualifiedName: NameRule = (key) => {
  const parts = key.split('/');
  if (parts.length > 2) {
    return [
      `a qualified name ${qualifiedComplaint} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const problems: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') problems.push('prefix part must be non-empty');
    else problems.push(...dns1123Subdomain(prefix).map((problem) => `prefix part ${problem}`));
  }
  if (name === '') problems.push('name part must be non-empty');
  else if (name.length > 63) problems.push(`name part ${tooLongName(63)}`);
  if (!qualified.test(name)) problems.push(`name part ${qualifiedComplaint}`);
  return problems;
};

export const labelValueRule: NameRule = (value) => [
  ...(value.length > 63 ? [tooLongName(63)] : []),
  ...(labelValue.test(value) ? [] : [labelValueComplaint]),
];

/** A key of a ConfigMap or Secret, usable as a file name. */
export const configMapKey: NameRule = (key) => {
  if (key === '.' || key === '..') return [`must not be '${key}'`];
  if (key.startsWith('..')) return ["must not start with '..'"];
  const problems = key.length > 253 ? [tooLongName(253)] : [];
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    problems.push(
      complaint(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  }
  return problems;
};

/** The rule applied to the beginning of a name (`generateName`): a trailing `-` or `.` may still be followed by more. */
export function asPrefix(apply: NameRule): NameRule {
  return (prefix) => apply(prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -1)}a` : prefix);
}
