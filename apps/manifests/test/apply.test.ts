/** The stack against a real API server: every object is taken with server-side apply, and a second apply changes nothing. */
import { type ApiServer, startApiServer } from '@k8sop/apiserver';
import type { KubeObject } from '@k8sop/builders';
import { kindOf } from '@k8sop/builders/kinds';
import { Agent, request } from 'undici';
import { expect, it } from 'vitest';
import { stack } from '../src/main.ts';

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  const { plural, namespaced } = kindOf(apiVersion, kind) ?? { plural: 'unknown', namespaced: false };
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}${namespaced ? `/namespaces/${metadata.namespace}` : ''}/${plural}/${metadata.name}`;
}

async function apply(
  object: KubeObject,
  api: ApiServer,
  dispatcher: Agent,
): Promise<{ status: number; result: unknown }> {
  const answer = await request(`${api.url}${pathOf(object)}?fieldManager=test&fieldValidation=Strict`, {
    method: 'PATCH',
    dispatcher,
    headers: { authorization: `Bearer ${api.token()}`, 'content-type': 'application/apply-patch+yaml' },
    body: JSON.stringify(object),
  });
  const body = (await answer.body.json()) as KubeObject & { message?: string };
  return { status: answer.statusCode, result: body.message ?? body.metadata.resourceVersion };
}

it('is applied whole, in the order of the bundle, and only once', async () => {
  const api = await startApiServer({ controllers: 'none' });
  const dispatcher = new Agent({ connect: { ca: api.ca } });
  const first = new Map<string, unknown>();
  for (const object of stack.objects) {
    const { status, result } = await apply(object, api, dispatcher);
    expect([pathOf(object), status, result]).toEqual([pathOf(object), 201, expect.stringMatching(/^\d+$/)]);
    first.set(pathOf(object), result);
  }
  for (const object of stack.objects) {
    expect(await apply(object, api, dispatcher)).toEqual({ status: 200, result: first.get(pathOf(object)) });
  }
  expect(first.size).toBe(19);
  await dispatcher.destroy();
  await api.stop();
});
