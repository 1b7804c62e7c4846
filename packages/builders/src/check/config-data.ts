/** Keys and size of ConfigMaps and Secrets. Messages never hold content. */
import type { Report } from '../builder-error.ts';
import { base64Size } from '../values/base64.ts';

/** Limit of all values of an object together, in bytes. */
const maxDataBytes = 1_048_576;

const keyPattern = /^[-._a-zA-Z0-9]+$/;

/** The two maps of an object: one holds text, one base64. */
export interface ConfigContent {
  readonly text: Readonly<Record<string, string>> | undefined;
  readonly textField: 'data' | 'stringData';
  readonly binary: Readonly<Record<string, string>> | undefined;
  readonly binaryField: 'binaryData' | 'data';
}

/** Reports illegal keys, values that are not base64, and content that is too large. */
export function checkConfigData(content: ConfigContent, report: Report): void {
  const { text, binary, textField, binaryField } = content;
  let size = 0;
  for (const [key, value] of Object.entries(text ?? {})) {
    checkKey(key, textField, report);
    size += new TextEncoder().encode(value).length;
  }
  for (const [key, value] of Object.entries(binary ?? {})) {
    checkKey(key, binaryField, report);
    const bytes = base64Size(value);
    if (bytes < 0) report('CONFIG_KEY', `${binaryField}.${key}`, 'the value is not base64');
    size += Math.max(bytes, 0);
  }
  if (size > maxDataBytes) report('SIZE', 'data', `content takes ${size} bytes; at most ${maxDataBytes} are allowed`);
}

function checkKey(key: string, path: string, report: Report): void {
  if (key.length > 253 || !keyPattern.test(key) || key === '.' || key === '..' || key.startsWith('../')) {
    report(
      'CONFIG_KEY',
      `${path}.${key}`,
      `key "${key}" must be letters, digits, '-', '_' and '.', at most 253 characters`,
    );
  }
}
