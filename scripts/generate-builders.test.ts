import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateBuilders } from './generate-builders.ts';

const directory = fileURLToPath(new URL('../packages/builders/src/gen/', import.meta.url));

describe('generated sources of builders', () => {
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    files = await generateBuilders();
  });

  it('are what the generator writes: no drift, no leftovers', () => {
    const present = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    expect(present.toSorted()).toEqual([...files.keys()].toSorted());
    expect(present.filter((path) => readFileSync(`${directory}${path}`, 'utf8') !== files.get(path))).toEqual([]);
  });

  it('have an entry of the package per group and version', () => {
    const manifest = JSON.parse(readFileSync(`${directory}../../package.json`, 'utf8')) as { exports: object };
    const entries = Object.keys(manifest.exports).filter((entry) => entry.startsWith('./k8s/'));
    const types = [...files.keys()].filter((path) => path.includes('/'));
    expect(entries.toSorted()).toEqual(types.map((path) => `./k8s/${path.slice(0, -3)}`).toSorted());
  });

  it('leave stale models of old releases out', () => {
    const text = [...files.values()].join('\n');
    expect(text).not.toMatch(/V1PodSecurityPolicy|V2beta2HorizontalPodAutoscaler|CronJob\b.*v1beta1/);
    expect(text).toContain("apiVersion: 'autoscaling/v2'");
  });

  it('link to the public reference and copy no description', () => {
    const comments = [...files]
      .filter(([path]) => path.includes('/'))
      .flatMap(([, text]) => Array.from(text.matchAll(/\/\*\*.*?\*\//gs), ([comment]) => comment));
    const link =
      /^\/\*\* @see https:\/\/kubernetes\.io\/docs\/reference\/generated\/kubernetes-api\/v1\.\d+\/#[a-z0-9-]+ \*\/$/;
    expect(comments.length).toBeGreaterThan(600);
    expect(comments.filter((comment) => !link.test(comment))).toEqual([]);
  });
});
