import { expect, test } from 'vitest';
import { quoteArgv } from '../../core/shell.ts';
import { factsOf } from '../../test/fakes/facts.ts';
import { siteWith } from '../../test/fakes/site.ts';
import { declarationsOf } from '../inventory/declared.ts';
import { asksProgram } from '../upload.ts';
import { agentPhases } from './agent.ts';
import { roleOf } from './roles.ts';

const fileOf = (letter: string) => ({ from: `/here/${letter}`, bytes: 5, sha256: letter.repeat(64) });
const site = {
  ...siteWith(),
  agent: { node: fileOf('a'), bundle: fileOf('b'), config: '{}\n', metricsPort: 9464 },
};
const steps = agentPhases(site).flatMap((phase) => phase.steps);
const unit = steps.find(({ name }) => name.endsWith('sla-agent.service'));
const unitText = () => {
  const [put] = unit?.diff(factsOf({})) ?? [];
  return put?.kind === 'put' ? String(put.content) : '';
};

test('the agent is on docker, before its firewall, and nowhere else', () => {
  const namesOn = (host: 'app' | 'db' | 'docker') => roleOf(site, host).phases.map(({ name }) => name);
  expect(namesOn('docker')).toEqual(expect.arrayContaining(['programs of the agent', 'agent runs']));
  for (const host of ['app', 'db'] as const) expect(namesOn(host)).not.toContain('agent runs');
  expect(agentPhases(siteWith())).toEqual([]);
});

test('each of its parts restarts it, and says why it is there', () => {
  for (const step of agentPhases(site)[0]?.steps ?? []) {
    expect(step.handlers?.map(({ name }) => name)).toContain('restart-sla-agent.service');
    expect(step.why.length).toBeGreaterThan(10);
  }
});

test.each([
  ['absent', ['upload']],
  [`755 root:root ${'c'.repeat(64)} stamped`, ['upload']],
  [`755 root:root ${'a'.repeat(64)} read`, ['run']],
  [`644 root:root ${'a'.repeat(64)} stamped`, ['run']],
  [`755 sla:sla ${'a'.repeat(64)} stamped`, ['run']],
  [`755 root:root ${'a'.repeat(64)} stamped`, []],
])('a Node that is "%s" over there needs %j', (answer, kinds) => {
  const node = steps.find(({ name }) => name.endsWith('/node'));
  const facts = factsOf({ commands: { [quoteArgv(asksProgram('/var/lib/sla/program/node'))]: answer } });
  expect(node?.diff(facts).map(({ kind }) => kind)).toEqual(kinds);
});

test('it is back at once however often it ends, within its memory, and writes where it must only', () => {
  for (const line of ['StartLimitIntervalSec=0', 'Restart=always', 'RestartSec=100ms', 'MemoryMax=160M'])
    expect(unitText().split('\n')).toContain(line);
  for (const line of [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    'ReadWritePaths=/var/lib/sla /run/lock /var/log',
  ])
    expect(unitText().split('\n')).toContain(line);
});

test('its port is no drift', () => {
  const ports = declarationsOf(roleOf(site, 'docker')).filter(
    (declared) => declared.kind === 'item' && declared.section === 'ports',
  );
  expect(ports).toEqual([
    { kind: 'item', section: 'ports', item: 'tcp 0.0.0.0:9464', value: 'node-MainThread' },
  ]);
});
