import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { labPath, type StateFolder, writePrivate } from '../core/state.ts';
import { labConfig } from './config.ts';
import { substrateOf, unchosenSubstrate } from './substrate.ts';

let state: StateFolder;
beforeEach(() => {
  const path = mkdtempSync(join(tmpdir(), 'sla-substrate-'));
  state = { path, checkout: path };
});
afterEach(() => rmSync(state.path, { recursive: true }));

const lab = labConfig.parse({});
const publishing = labConfig.parse({ hosts: { app: { publishedPorts: { '18080': 8080 } } } });

test.each([
  ['virtual machines where the processor runs them itself', lab, true, 'vm'],
  ['containers where it does not', lab, false, 'container'],
  ['containers where ports are published', publishing, true, 'container'],
])('a lab that nobody chose for is made of %s', (_, config, hasKvm, substrate) => {
  expect(unchosenSubstrate(config, state, hasKvm)).toBe(substrate);
});

test('a lab that is made stays what it is', () => {
  writePrivate(labPath(state, lab.name, 'lab.tfvars.json'), JSON.stringify({ subnet: lab.subnet }));
  expect(substrateOf(lab, state)).toBe('container');
  expect(unchosenSubstrate(lab, state, true)).toBeUndefined();
});
