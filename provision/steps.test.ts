import { expect, test } from 'vitest';
import { common } from './roles/common.ts';
import type { Step } from './step.ts';
import { active, enabled, installed } from './steps.ts';

const whatOf = (step: Step, stdout: string, exitCode = 0) =>
  step.diff({ exitCode, stdout, stderr: '' }).map(({ what }) => what);

const dpkg = (status: string) =>
  `Package: redis-server\nStatus: ${status}\nPriority: optional\nVersion: 5:8.0.2-3`;

test.each([
  ['an installed package needs nothing', dpkg('install ok installed'), 0, []],
  ['one that is held at its version needs nothing', dpkg('hold ok installed'), 0, []],
  [
    'one whose files are gone is installed again',
    dpkg('deinstall ok config-files'),
    0,
    ['install redis-server'],
  ],
  [
    'one that is half configured is installed again',
    dpkg('install ok half-configured'),
    0,
    ['install redis-server'],
  ],
  [
    'an unknown one is installed',
    "dpkg-query: package 'redis-server' is not installed",
    1,
    ['install redis-server'],
  ],
])('%s', (_, stdout, exitCode, whats) => {
  expect(whatOf(installed('redis-server'), stdout, exitCode)).toEqual(whats);
});

test('an installation asks no question and takes nothing that is only recommended', () => {
  const [change] = installed('redis-server').diff({ exitCode: 1, stdout: '', stderr: '' });
  expect(change?.run).toEqual(
    expect.arrayContaining([
      'DEBIAN_FRONTEND=noninteractive',
      '--yes',
      '--no-install-recommends',
      'redis-server',
    ]),
  );
});

test.each([
  ['enabled', []],
  ['disabled', ['enable x.service']],
  ['masked', ['enable x.service']],
  ['not-found', ['enable x.service']],
  ['enabled-runtime', ['enable x.service']],
])('a unit that is %s at boot: %j', (stdout, whats) => {
  expect(whatOf(enabled('x.service'), stdout)).toEqual(whats);
});

test.each([
  ['active', []],
  ['inactive', ['start x.service']],
  ['failed', ['start x.service']],
  ['activating', ['start x.service']],
])('a unit that is %s: %j', (stdout, whats) => {
  expect(whatOf(active('x.service'), stdout)).toEqual(whats);
});

test('node_exporter is on every host: installed, then enabled and active', () => {
  expect(common.map(({ name }) => name)).toEqual([
    'prometheus-node-exporter installed',
    'prometheus-node-exporter.service enabled at boot',
    'prometheus-node-exporter.service active',
  ]);
});
