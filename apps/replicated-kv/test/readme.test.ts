/** The tutorial, run as a reader would: every `sh` block in one shell, and each `# => text` is what was printed before it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = dirname(import.meta.dirname);
const readme = readFileSync(`${folder}/README.md`, 'utf8');
const script = [...readme.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, code]) => code).join('\n');
const expected = [...script.matchAll(/^# => (.*)$/gm)].map(([, text]) => text);

/** A base with four free ports for Raft and four, a hundred further, for HTTP: the tutorial's one-digit ends work for any. */
async function freePorts(): Promise<number> {
  for (let base = 20_010; base < 60_000; base += 10) {
    const opened = await Promise.all([1, 2, 3, 4, 101, 102, 103, 104].map((end) => tryPort(base + end)));
    if (opened.every(Boolean)) return base;
  }
  throw new Error('no four free ports in a row');
}

async function tryPort(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

describe('the tutorial', () => {
  it('does what it says', { timeout: 120_000 }, async () => {
    const raft = await freePorts();
    const http = raft + 100;
    const withPorts = script
      .replaceAll('127.0.0.1:700', `127.0.0.1:${raft / 10}`)
      .replaceAll(/(127\.0\.0\.1:\d+\/|127\.0\.0\.1:)800/g, `$1${http / 10}`);
    const shell = spawn('bash', ['-e'], {
      cwd: folder,
      detached: true, // its own process group, which ends whole
      env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let printed = '';
    let problems = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    shell.stderr.setEncoding('utf8').on('data', (text: string) => (problems += text));
    shell.stdin.end(`trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n${withPorts}\nwait\n`);
    await once(shell, 'close');
    const answers = printed.split('\n').filter((line) => /^(?!node )./.test(line));
    expect({ answers, problems: problems.includes('failed') }).toEqual({ answers: expected, problems: false });
  });
});
