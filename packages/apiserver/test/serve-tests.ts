/** One server and its client for all tests of a file: ready before the first one, gone after the last. */
import { afterAll } from 'vitest';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../src/index.ts';
import { ApiClient } from './api-client.ts';

export async function serveTests(options?: ApiServerOptions): Promise<{ api: ApiServer; client: ApiClient }> {
  const api = await startApiServer(options);
  const client = new ApiClient(api);
  afterAll(async () => {
    await client[Symbol.asyncDispose]();
    await api.stop();
  });
  return { api, client };
}
