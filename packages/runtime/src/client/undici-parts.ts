/**
 * The parts of undici that speak HTTP/1.1, by file. Its entry also loads fetch, caches, WebSockets and mocks, which cost
 * an operator 14 MB of memory and a third of its start. The exact version in package.json makes the paths safe.
 */
// oxlint-disable-next-line typescript/triple-slash-reference -- packages that compile this one from its sources find it so
/// <reference path="./undici-files.d.ts" />
import connector from 'undici/lib/core/connect.js';
import client from 'undici/lib/dispatcher/client.js';
import pool from 'undici/lib/dispatcher/pool.js';
import proxyAgent from 'undici/lib/dispatcher/proxy-agent.js';

export const Client: typeof client = client;
export const Pool: typeof pool = pool;
export const ProxyAgent: typeof proxyAgent = proxyAgent;
export const buildConnector: typeof connector = connector;
