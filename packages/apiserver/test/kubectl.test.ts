/** A real kubectl against the server: every command an operator's user types on a custom resource and a Deployment. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from '../src/index.ts';
import { Kubectl, type Run, whyNoKubectl } from './kubectl-binary.ts';

const reason = whyNoKubectl();
const note = reason === undefined ? '' : ` (left out: ${reason})`;

const webAppCrd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'webapps.example.dev' },
  spec: {
    group: 'example.dev',
    scope: 'Namespaced',
    names: { plural: 'webapps', singular: 'webapp', kind: 'WebApp', shortNames: ['wa'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [{ name: 'Image', type: 'string', jsonPath: '.spec.image' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['image'],
                properties: {
                  image: { type: 'string', description: 'The image to run.' },
                  replicas: { type: 'integer', minimum: 0, default: 1 },
                },
              },
              status: { type: 'object', properties: { phase: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

function webApp(name: string, spec: object): string {
  return JSON.stringify({ apiVersion: 'example.dev/v1', kind: 'WebApp', metadata: { name }, spec });
}

function deployment(name: string, replicas: number): string {
  const template = {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'nginx:1', ports: [{ containerPort: 80 }] }] },
  };
  const spec = { replicas, selector: { matchLabels: { app: name } }, template };
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec });
}

describe.skipIf(reason !== undefined)(`kubectl${note}`, { timeout: 180_000 }, () => {
  let api: ApiServer;
  let kubectl: Kubectl;
  beforeAll(async () => {
    api = await startApiServer();
    kubectl = await Kubectl.open(api.kubeconfig());
    await succeed('apply', '--server-side', '-f', '-').with(JSON.stringify(webAppCrd));
    await succeed('wait', '--for=condition=Established', 'crd/webapps.example.dev', '--timeout=60s').alone();
  }, 180_000);
  afterAll(async () => {
    await kubectl?.[Symbol.asyncDispose]();
    await api?.stop();
  });

  /** Runs a command that must succeed and returns what it printed. */
  function succeed(...args: string[]): { with(input: string): Promise<string>; alone(): Promise<string> } {
    const run = async (input: string): Promise<string> => {
      const { code, stdout, stderr } = await kubectl.run(args, input);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      return stdout;
    };
    return { with: run, alone: () => run('') };
  }

  function fail(args: readonly string[], input: string): Promise<Run> {
    return kubectl.run(args, input);
  }

  const kinds = [
    {
      kind: 'webapp',
      plural: 'webapps.example.dev',
      shown: 'webapp.example.dev',
      manifest: (name: string) => webApp(name, { image: 'shop:1', replicas: 1 }),
    },
    {
      kind: 'deployment',
      plural: 'deployments.apps',
      shown: 'deployment.apps',
      manifest: (name: string) => deployment(name, 1),
    },
  ];

  describe.each(kinds)('on a $kind', ({ kind, plural, shown, manifest }) => {
    const replicas = (name: string): Promise<string> =>
      succeed('get', kind, name, '-o', 'jsonpath={.spec.replicas}').alone();

    it('applies on the server, twice, and only the first time changes the object', async () => {
      const apply = succeed('apply', '--server-side', '-f', '-');
      expect(await apply.with(manifest('apply'))).toBe(`${shown}/apply serverside-applied\n`);
      const revision = succeed('get', kind, 'apply', '-o', 'jsonpath={.metadata.resourceVersion}');
      const before = await revision.alone();
      expect(await apply.with(manifest('apply'))).toBe(`${shown}/apply serverside-applied\n`);
      expect(await revision.alone()).toBe(before);
    });

    it('gets it as a table, as YAML with its managers, and by label', async () => {
      await succeed('apply', '--server-side', '-f', '-').with(manifest('read'));
      expect(await succeed('get', plural, 'read', '--no-headers').alone()).toMatch(/^read\s/);
      const yaml = await succeed('get', kind, 'read', '-o', 'yaml', '--show-managed-fields').alone();
      expect(yaml).toContain('  name: read\n');
      expect(yaml).toContain('    manager: kubectl\n    operation: Apply\n');
      await succeed('label', kind, 'read', 'tier=front').alone();
      expect(await succeed('get', kind, '-l', 'tier=front', '-o', 'name').alone()).toBe(`${shown}/read\n`);
    });

    it('describes it', async () => {
      await succeed('apply', '--server-side', '-f', '-').with(manifest('described'));
      const text = await succeed('describe', kind, 'described').alone();
      expect(text).toMatch(/^Name:\s+described$/m);
      expect(text).toMatch(/^Events:\s+<none>$/m);
    });

    it('patches it by merge patch and JSON patch', async () => {
      await succeed('apply', '--server-side', '-f', '-').with(manifest('patched'));
      await succeed('patch', kind, 'patched', '--type=merge', '-p', '{"spec":{"replicas":2}}').alone();
      expect(await replicas('patched')).toBe('2');
      const operations = '[{"op":"replace","path":"/spec/replicas","value":4}]';
      await succeed('patch', kind, 'patched', '--type=json', '-p', operations).alone();
      expect(await replicas('patched')).toBe('4');
    });

    it('explains who owns a field that a patch has taken, and takes it back by force', async () => {
      await succeed('apply', '--server-side', '-f', '-').with(manifest('conflict'));
      await succeed('patch', kind, 'conflict', '--type=merge', '-p', '{"spec":{"replicas":7}}').alone();
      const refused = await fail(['apply', '--server-side', '-f', '-'], manifest('conflict'));
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(
        /Apply failed with 1 conflict: conflict with "kubectl-patch" using \S+: \.spec\.replicas/,
      );
      await succeed('apply', '--server-side', '--force-conflicts', '-f', '-').with(manifest('conflict'));
      expect(await replicas('conflict')).toBe('1');
    });

    it('labels and annotates it', async () => {
      await succeed('apply', '--server-side', '-f', '-').with(manifest('labelled'));
      expect(await succeed('label', kind, 'labelled', 'a=1').alone()).toBe(`${shown}/labelled labeled\n`);
      expect(await succeed('annotate', kind, 'labelled', 'note=x').alone()).toBe(`${shown}/labelled annotated\n`);
      const metadata = await succeed(
        'get',
        kind,
        'labelled',
        '-o',
        'jsonpath={.metadata.labels.a}{.metadata.annotations.note}',
      ).alone();
      expect(metadata).toBe('1x');
      await succeed('label', kind, 'labelled', 'a-').alone();
      expect(await succeed('get', kind, '-l', 'a=1', '-o', 'name').alone()).toBe('');
    });

    it('waits for a field and for the deletion', async () => {
      await succeed('apply', '--server-side', '-f', '-').with(manifest('awaited'));
      const waiting = succeed('wait', '--for=jsonpath={.spec.replicas}=3', `${kind}/awaited`, '--timeout=60s').alone();
      await succeed('patch', kind, 'awaited', '--type=merge', '-p', '{"spec":{"replicas":3}}').alone();
      expect(await waiting).toBe(`${shown}/awaited condition met\n`);
      const gone = succeed('wait', '--for=delete', `${kind}/awaited`, '--timeout=60s').alone();
      expect(await succeed('delete', kind, 'awaited').alone()).toContain(`"awaited" deleted`);
      await gone;
      const missing = await fail(['get', kind, 'awaited'], '');
      expect(missing.stderr).toBe(`Error from server (NotFound): ${plural} "awaited" not found\n`);
    });

    it('watches it', async () => {
      await succeed('apply', '--server-side', '-f', '-').with(manifest('watched'));
      const lines = kubectl.lines([
        'get',
        kind,
        '-w',
        '--no-headers',
        '--field-selector=metadata.name=watched',
        '-o',
        'custom-columns=N:.metadata.name,R:.spec.replicas',
      ]);
      expect((await lines.next()).value).toMatch(/^watched\s+1$/);
      await succeed('patch', kind, 'watched', '--type=merge', '-p', '{"spec":{"replicas":5}}').alone();
      expect((await lines.next()).value).toMatch(/^watched\s+5$/);
      await lines.return(undefined);
    });
  });

  it('applies a custom resource from the client side, twice', async () => {
    const apply = succeed('apply', '-f', '-');
    expect(await apply.with(webApp('client', { image: 'a:1', replicas: 1 }))).toBe(
      'webapp.example.dev/client created\n',
    );
    expect(await apply.with(webApp('client', { image: 'a:2' }))).toBe('webapp.example.dev/client configured\n');
    expect(await apply.with(webApp('client', { image: 'a:2' }))).toBe('webapp.example.dev/client unchanged\n');
    const spec = await succeed('get', 'wa', 'client', '-o', 'jsonpath={.spec.image} {.spec.replicas}').alone();
    expect(spec).toBe('a:2 1');
  });

  it('hands fields over from client-side to server-side apply without conflict', async () => {
    await succeed('apply', '-f', '-').with(webApp('handover', { image: 'a:1', replicas: 2 }));
    await succeed('apply', '--server-side', '-f', '-').with(webApp('handover', { image: 'a:2' }));
    expect(await succeed('get', 'wa', 'handover', '-o', 'jsonpath={.spec.image} {.spec.replicas}').alone()).toBe(
      'a:2 1',
    );
  });

  it('says what is wrong with a custom resource', async () => {
    const invalid = await fail(['apply', '-f', '-'], webApp('bad', { replicas: -1 }));
    expect(invalid.stderr).toContain('* spec.image: Required value');
    expect(invalid.stderr).toContain('spec.replicas in body should be greater than or equal to 0');
    const unknown = await fail(['apply', '-f', '-'], webApp('bad', { image: 'a', bogus: 1 }));
    expect(unknown.stderr).toContain('strict decoding error: unknown field "spec.bogus"');
    const undeclared = await fail(['apply', '--server-side', '-f', '-'], webApp('bad', { image: 'a', bogus: 1 }));
    expect(undeclared.stderr).toContain('.spec.bogus: field not declared in schema');
  });

  it('lists and explains the resources', async () => {
    const resources = await succeed('api-resources').alone();
    expect(resources).toMatch(/^webapps\s+wa\s+example\.dev\/v1\s+true\s+WebApp$/m);
    expect(resources).toMatch(/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m);
    expect(await succeed('explain', 'webapp.spec').alone()).toMatch(
      /image\s+<string> -required-\n\s+The image to run\./,
    );
    expect(await succeed('explain', 'deployment.spec.strategy').alone()).toMatch(
      /rollingUpdate\s+<RollingUpdateDeployment>/,
    );
  });

  it('scales a Deployment', async () => {
    await succeed('apply', '--server-side', '-f', '-').with(deployment('scaled', 1));
    expect(await succeed('scale', 'deployment', 'scaled', '--replicas=3').alone()).toBe(
      'deployment.apps/scaled scaled\n',
    );
    const refused = await fail(['apply', '--server-side', '-f', '-'], deployment('scaled', 1));
    expect(refused.stderr).toContain('conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas');
  });

  describe('a Deployment from the client side', () => {
    const read = (name: string, path: string): Promise<string> =>
      succeed('get', 'deployment', name, '-o', `jsonpath=${path}`).alone();

    it('applies it twice with an edit between, and leaves alone what others set', async () => {
      const apply = succeed('apply', '-f', '-');
      expect(await apply.with(deployment('local', 1))).toBe('deployment.apps/local created\n');
      await succeed('annotate', 'deployment', 'local', 'note=kept').alone();
      expect(await apply.with(deployment('local', 2))).toBe('deployment.apps/local configured\n');
      const revision = await read('local', '{.metadata.resourceVersion}');
      expect(await apply.with(deployment('local', 2))).toBe('deployment.apps/local unchanged\n');
      expect(await read('local', '{.metadata.resourceVersion}')).toBe(revision);
      expect(await read('local', '{.spec.replicas} {.metadata.annotations.note}')).toBe('2 kept');
    });

    it('sets an image and restarts the rollout, keeping the rest of the container', async () => {
      await succeed('apply', '-f', '-').with(deployment('rolled', 1));
      expect(await succeed('set', 'image', 'deployment/rolled', 'c=nginx:2').alone()).toBe(
        'deployment.apps/rolled image updated\n',
      );
      expect(await succeed('set', 'env', 'deployment/rolled', 'A=1').alone()).toBe(
        'deployment.apps/rolled env updated\n',
      );
      expect(await succeed('rollout', 'restart', 'deployment/rolled').alone()).toBe(
        'deployment.apps/rolled restarted\n',
      );
      const container = '{.spec.template.spec.containers[0]';
      expect(
        await read('rolled', `${container}.image} ${container}.ports[0].containerPort} ${container}.env[0].value}`),
      ).toBe('nginx:2 80 1');
      expect(await read('rolled', '{.spec.template.metadata.annotations}')).toContain(
        'kubectl.kubernetes.io/restartedAt',
      );
    });

    it('tries out and compares without changing anything', async () => {
      await succeed('apply', '-f', '-').with(deployment('tried', 1));
      const revision = await read('tried', '{.metadata.resourceVersion}');
      expect(await succeed('apply', '--dry-run=server', '-f', '-').with(deployment('tried', 4))).toBe(
        'deployment.apps/tried configured (server dry run)\n',
      );
      const difference = await fail(['diff', '-f', '-'], deployment('tried', 4));
      expect(difference).toMatchObject({
        code: 1,
        stdout: expect.stringMatching(/^-\s+replicas: 1\n\+\s+replicas: 4$/m),
      });
      expect(await read('tried', '{.metadata.resourceVersion} {.spec.replicas}')).toBe(`${revision} 1`);
      expect((await fail(['diff', '-f', '-'], deployment('tried', 1))).code).toBe(0);
    });

    it('refuses a misspelled field', async () => {
      const misspelled = deployment('misspelled', 1).replace('"image"', '"imagee"');
      const refused = await fail(['apply', '-f', '-'], misspelled);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('unknown field "spec.template.spec.containers[0].imagee"');
    });
  });

  it('applies what the manifests program prints, twice, and only the first time changes objects', async () => {
    const root = join(import.meta.dirname, '../../..');
    const args = [
      '--conditions=@k8sop/source',
      join(root, 'packages/builders/src/bin/k8sop-manifests.ts'),
      join(root, 'apps/manifests/src/main.ts'),
    ];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    const apply = succeed('apply', '-f', '-');
    const first = await apply.with(stdout);
    expect(first).toMatch(/ created$/m);
    const revisions = succeed('get', '-f', '-', '-o', 'jsonpath={.items[*].metadata.resourceVersion}');
    const before = await revisions.with(stdout);
    // kubectl says "configured" of lists and selectors it always sends whole; what counts is that nothing was written.
    expect(await apply.with(stdout)).not.toMatch(/ created$/m);
    expect(await revisions.with(stdout)).toBe(before);
  });
});
