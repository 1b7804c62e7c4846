/** Escape hatches, immutability, lifting and wiring. */
import {
  ConfigMap,
  Container,
  Deployment,
  HorizontalPodAutoscaler,
  IngressRule,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  Resources,
  RoleBinding,
  Secret,
  Service,
  ServiceAccount,
  StatefulSet,
  Volume,
} from '@k8sop/builders';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

const app = new Container('app', 'nginx:1.27').namedPort('http', 8080);
const web = new Deployment('web').container(app);

describe('escape hatches', () => {
  it('patch keeps fields nobody knows', () => {
    const patched = web.patch([
      { op: 'add', path: '/spec/notAField', value: { a: [] } },
      { op: 'add', path: '/spec/template/spec/containers/0/resources', value: { limits: { 'nvidia.com/gpu': '1' } } },
    ]);
    const spec = patched.toJSON().spec as unknown as Record<string, unknown>;
    expect(spec.notAField).toEqual({ a: [] });
    expect(patched.toJSON().spec?.template.spec?.containers[0]?.resources?.limits).toEqual({ 'nvidia.com/gpu': '1' });
  });

  it('edits are replayed last, in call order: no later typed call undoes them', () => {
    const edited = web
      .set('spec.replicas', 5)
      .edit((draft) => {
        draft.metadata.annotations = { seen: String(draft.spec?.replicas) };
      })
      .replicas(2)
      .toJSON();
    expect(edited.spec?.replicas).toBe(5);
    expect(edited.metadata.annotations).toEqual({ seen: '5' });
  });

  it('merge merges keyed lists by key, replaces others and deletes by null', () => {
    const merged = web
      .replicas(3)
      .merge({
        metadata: { labels: { app: 'web', extra: 'x' } },
        spec: {
          replicas: null,
          template: {
            spec: {
              containers: [
                { name: 'app', args: ['-v'], ports: [{ containerPort: 8080, name: 'web' }, { containerPort: 9090 }] },
                { name: 'sidecar', image: 'envoy:1' },
              ],
            },
          },
        },
      })
      .toJSON();
    expect(merged.spec).not.toHaveProperty('replicas');
    expect(merged.spec?.template.spec?.containers).toEqual([
      {
        name: 'app',
        image: 'nginx:1.27',
        args: ['-v'],
        ports: [{ containerPort: 8080, name: 'web' }, { containerPort: 9090 }],
      },
      { name: 'sidecar', image: 'envoy:1' },
    ]);
  });

  it('a JSON patch follows RFC 6902: move, copy, test, escapes', () => {
    const config = new ConfigMap('c').data('a', '1').patch([
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'copy', from: '/data/a', path: '/data/b' },
      { op: 'move', from: '/data/a', path: '/data/c' },
      { op: 'add', path: '/metadata/annotations', value: { 'example.com/x': '1' } },
      { op: 'replace', path: '/metadata/annotations/example.com~1x', value: '2' },
    ]);
    expect(config.toJSON().data).toEqual({ b: '1', c: '1' });
    expect(config.toJSON().metadata.annotations).toEqual({ 'example.com/x': '2' });
  });

  it('containers have them, too', () => {
    expect(app.edit((draft) => void (draft.image = 'nginx:2')).toJSON().image).toBe('nginx:2');
  });
});

describe('immutability', () => {
  it('every call returns a new frozen builder and leaves its receiver as it was', () => {
    const before = JSON.stringify(web);
    const scaled = web.replicas(9).labels({ tier: 'front' }).container(new Container('b', 'b:1'));
    expect(JSON.stringify(web)).toBe(before);
    expect(JSON.stringify(scaled)).not.toBe(before);
    expect([Object.isFrozen(web), Object.isFrozen(scaled), Object.isFrozen(app)]).toEqual([true, true, true]);
  });

  it('a builder in a log line shows kind and name, never content', () => {
    const secret = new Secret('db').data('password', 'hunter2');
    expect(secret.toString()).toBe('Secret "db"');
    expect(inspect(secret, { depth: 9 })).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(Object.keys(secret)).toEqual([]);
  });

  it('outputs share nothing: changing one changes no other', () => {
    const first = web.toJSON();
    first.metadata.name = 'changed';
    first.spec?.template.spec?.containers.pop();
    expect(web.toJSON().metadata.name).toBe('web');
    expect(web.toJSON().spec?.template.spec?.containers).toHaveLength(1);
  });

  it('arguments are copied when they are given', () => {
    const command = ['run'];
    const container = new Container('a', 'a:1').command(command);
    command.push('later');
    expect(container.toJSON().command).toEqual(['run']);
  });

  it('when and pipe keep a chain going', () => {
    const scale = (deployment: typeof web): typeof web => deployment.replicas(4);
    expect(web.when(true, scale).toJSON().spec?.replicas).toBe(4);
    expect(web.when(false, scale).toJSON().spec).not.toHaveProperty('replicas');
    expect(web.pipe(scale).toJSON().spec?.replicas).toBe(4);
  });

  it('unasked empties are left out, asked ones stay', () => {
    const plain = new Container('a', 'a:1').command(['x']).command([]).args([]).resources(new Resources());
    expect(plain.toJSON()).toEqual({ name: 'a', image: 'a:1' });
    expect(new NetworkPolicy('n').denyAllEgress().toJSON().spec).toEqual({
      podSelector: {},
      egress: [],
      policyTypes: ['Egress'],
    });
  });
});

describe('lifting', () => {
  it('from keeps unknown fields and empties and derives nothing', () => {
    const object = {
      apiVersion: 'apps/v1' as const,
      kind: 'Deployment' as const,
      metadata: { name: 'x', annotations: {} },
      spec: {
        selector: { matchLabels: { run: 'x' } },
        template: { metadata: { labels: { run: 'x' } }, spec: { containers: [{ name: 'a', image: 'a:1', env: [] }] } },
        future: { field: null },
      },
    };
    expect(Deployment.from(object).toJSON()).toEqual(object);
    expect(Deployment.from(object).replicas(2).toJSON().spec).toEqual({ ...object.spec, replicas: 2 });
  });

  it('manifest writes a one-liner of any kind', () => {
    expect(ConfigMap.manifest('c', { data: { a: '1' } })).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c' },
      data: { a: '1' },
    });
  });
});

describe('wiring', () => {
  const shop = web.namespace('shop').selector({ app: 'web', tier: 'front' });

  it('Service.for takes name, namespace, selector and ports of a workload', () => {
    const service = Service.for(shop).toJSON();
    expect(service.metadata).toEqual({ name: 'web', namespace: 'shop', labels: { app: 'web' } });
    expect(service.spec).toEqual({
      selector: { app: 'web', tier: 'front' },
      ports: [{ name: 'http', port: 8080, targetPort: 'http' }],
    });
  });

  it('autoscaler, budget and policy follow the selector of the workload, edits included', () => {
    const selector = { matchLabels: { app: 'web', tier: 'front' } };
    const scaler = HorizontalPodAutoscaler.for(shop).maxReplicas(3).toJSON();
    expect(scaler.spec?.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' });
    expect(scaler.metadata.namespace).toBe('shop');
    expect(PodDisruptionBudget.for(shop).minAvailable(1).toJSON().spec?.selector).toEqual(selector);
    expect(NetworkPolicy.selecting(shop).denyAllIngress().toJSON().spec?.podSelector).toEqual(selector);
  });

  it('builders stand for their names', () => {
    const account = new ServiceAccount('web').namespace('shop');
    const claim = new PersistentVolumeClaim('data', '1Gi');
    const secret = new Secret('db').data('password', 'x');
    const pod = web
      .serviceAccount(account)
      .volume(Volume.pvc('data', claim))
      .volume(Volume.secret('db', secret))
      .toJSON().spec?.template.spec;
    expect(pod?.serviceAccountName).toBe('web');
    expect(pod?.volumes).toEqual([
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'db', secret: { secretName: 'db' } },
    ]);
    expect(new RoleBinding('b', 'r').serviceAccount(account).toJSON().subjects).toEqual([
      { kind: 'ServiceAccount', name: 'web', namespace: 'shop' },
    ]);
    const headless = new Service('db').headless();
    expect(new StatefulSet('db', headless).container(app).toJSON().spec?.serviceName).toBe('db');
    const rule = new IngressRule().path('/', new Service('web').port(8080)).toJSON();
    expect(rule.http?.paths[0]?.backend.service).toEqual({ name: 'web', port: { number: 8080 } });
  });
});

describe('what edits may not do', () => {
  const web = new Deployment('web').container(new Container('app', 'nginx:1'));
  const loose = web as unknown as Record<string, (...args: unknown[]) => { toJSON(): unknown }>;

  it.each([
    ['set', ['__proto__.polluted', 1]],
    ['set', ['constructor.prototype.polluted', 1]],
    ['merge', [JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')]],
    ['patch', [[{ op: 'add', path: '/__proto__', value: { polluted: 1 } }]]],
  ])('%s(%j) writes a field and leaves prototypes alone', (call, args) => {
    const json = JSON.stringify(loose[call]?.(...args).toJSON());
    expect(json).toContain('"polluted":1');
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect(Object).not.toHaveProperty('prototype.polluted');
  });

  it.each([
    [{ op: 'replcae', path: '/spec/replicas', value: 1 }, 'op must be one of add, remove, replace, move, copy, test'],
    [{ op: 'remove' }, 'path must be a JSON pointer'],
    [{ op: 'move', path: '/a' }, 'there is nothing at undefined'],
    [null, 'must be an object with op and path'],
  ])('patch([%j]) says that %s', (operation, message) => {
    expect(() => loose['patch']?.([operation]).toJSON()).toThrow(message);
  });

  it('an error thrown by an edit is that error', () => {
    const mine = new Error('mine');
    const broken = web.edit(() => {
      throw mine;
    });
    expect(() => broken.toJSON()).toThrow(mine);
  });

  it('values that JSON lacks are refused by the call, and dates are their text', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    expect(() => loose['set']?.('spec.x', cycle)).toThrow(/\.set\(\).*circular/s);
    expect(() => loose['set']?.('spec.x', 5n)).toThrow(/\.set\(\).*BigInt/s);
    expect(loose['set']?.('spec.x', new Date(0)).toJSON()).toMatchObject({ spec: { x: '1970-01-01T00:00:00.000Z' } });
  });
});
