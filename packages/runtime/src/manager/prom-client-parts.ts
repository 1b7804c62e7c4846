/**
 * The parts of prom-client that count, by file. Its entry also loads clustering, the push gateway and metrics of Node,
 * which cost an operator 17 MB of memory and 20 ms of its start. The exact version in package.json makes the paths safe.
 */
// oxlint-disable-next-line typescript/triple-slash-reference -- packages that compile this one from its sources find it so
/// <reference path="./prom-client-files.d.ts" />
import counter from 'prom-client/lib/counter.js';
import gauge from 'prom-client/lib/gauge.js';
import histogram from 'prom-client/lib/histogram.js';
import registry from 'prom-client/lib/registry.js';

export const PromCounter: typeof counter = counter;
export const PromGauge: typeof gauge = gauge;
export const PromHistogram: typeof histogram = histogram;
export const PromRegistry: typeof registry = registry;
