import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkoutPath } from '../core/state.ts';
import { labHosts } from '../lab/hosts.ts';
import { agentConfig } from './agentConfig.ts';
import { agentPrograms } from './agentProgram.ts';
import { slaConfig } from './config.ts';

const config = slaConfig.parse({});
const context = {
  config,
  hosts: labHosts(config.lab),
  state: { checkout: checkoutPath, path: `${checkoutPath}/.sla` },
};

test('the agent is one file that Node understands, built once', async () => {
  const { bundle } = await agentPrograms(context);
  const code = readFileSync(bundle.from);
  expect(createHash('sha256').update(code).digest('hex')).toBe(bundle.sha256);
  expect(code.length).toBe(bundle.bytes);
  execFileSync(process.execPath, ['--check', bundle.from]);
  const built = statSync(bundle.from).mtimeMs;
  expect((await agentPrograms(context)).bundle).toEqual(bundle);
  expect(statSync(bundle.from).mtimeMs).toBe(built);
  // Packages are in it: nothing is looked for on the host.
  expect(code.toString()).not.toMatch(/require\("(hono|pino|prom-client|zod|node-cron)/);
});

test('the Node that goes along is this checkout’s, summed once', async () => {
  const { node } = await agentPrograms(context);
  expect(node.from).toBe(`${checkoutPath}/node_modules/node/bin/node`);
  expect(node.bytes).toBe(statSync(node.from).size);
  expect(node.sha256).toMatch(/^[0-9a-f]{64}$/);
});

test('the agent understands what it is told', async () => {
  const { config: told } = await agentPrograms(context);
  expect(agentConfig.parse(JSON.parse(told)).service).toEqual(config.service);
});
