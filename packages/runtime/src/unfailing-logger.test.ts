import { describe, expect, it } from 'vitest';
import type { LogFields, Logger } from './logger.ts';
import { unfailingLogger } from './unfailing-logger.ts';

/** Takes only what JSON can hold, and tags Errors on their way, as pino does. */
function strictLogger(lines: unknown[], bound: LogFields = {}): Logger {
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      const { err } = fields as { readonly err?: Record<string, unknown> };
      Object.assign(err ?? {}, { seen: true });
      lines.push(JSON.parse(JSON.stringify({ level, message, ...bound, ...fields })));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => strictLogger(lines, JSON.parse(JSON.stringify({ ...bound, ...fields })) as LogFields),
  };
}

const circular: Record<string, unknown> = {};
circular['self'] = circular;

const guarded = new Error('x');
Object.defineProperty(guarded, 'message', {
  enumerable: true,
  get: () => {
    throw new Error('do not look');
  },
});

describe('unfailingLogger', () => {
  it('hands on what the logger takes, on every level, and children', () => {
    const lines: unknown[] = [];
    const logger = unfailingLogger(strictLogger(lines)).child({ a: 1 });
    logger.debug('d');
    logger.info('i', { b: 2 });
    logger.warn('w');
    logger.error('e');
    expect(lines).toEqual([
      { level: 'debug', message: 'd', a: 1 },
      { level: 'info', message: 'i', a: 1, b: 2 },
      { level: 'warn', message: 'w', a: 1 },
      { level: 'error', message: 'e', a: 1 },
    ]);
  });

  it.each([
    {
      what: 'a frozen Error',
      err: Object.freeze(new RangeError('full')),
      shows: { type: 'RangeError', message: 'full' },
    },
    { what: 'an Error whose message throws', err: guarded, shows: { type: 'Error', message: '[cannot be shown]' } },
    { what: 'a circle', err: circular, shows: '[cannot be shown]' },
  ])('writes $what as plain data, once', ({ err, shows }) => {
    const lines: unknown[] = [];
    unfailingLogger(strictLogger(lines)).error('failed', { key: 'default/a', err });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'error', message: 'failed', key: 'default/a' });
    expect(lines[0]).toMatchObject({ err: shows });
  });

  it('gives up on a logger that always throws', () => {
    const broken = new Proxy({} as Logger, {
      get: () => () => {
        throw new Error('broken');
      },
    });
    const logger = unfailingLogger(broken);
    expect(() => logger.child({ a: 1 }).error('failed', { err: new Error('x') })).not.toThrow();
  });
});
