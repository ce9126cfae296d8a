import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { localHost } from '../test/fakes/localHost.ts';
import { restartDatabaseClients, startComponents } from './application.ts';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'sla-application-'));
  runs();
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

/** Puts a systemctl and a docker on the PATH that know these as running, and note what they are told. */
function runs(...names: readonly string[]): void {
  const isUp = `case " ${names.join(' ')} " in *" $last "*) up=true;; *) up=false;; esac`;
  program('systemctl', `case $* in *is-active*) ${isUp}; $up && exit 0; exit 3;; esac`);
  program('docker', `case $1 in inspect) ${isUp}; echo $up; exit 0;; esac; echo $last`);
}

function program(name: string, body: string): void {
  const script = `#!/bin/sh\nfor last; do :; done\necho "${name} $*" >>${path}/told\n${body}\n`;
  writeFileSync(join(path, name), script, { mode: 0o755 });
}

const changes = (): readonly string[] =>
  readFileSync(join(path, 'told'), 'utf8')
    .split('\n')
    .filter((line) => /\b(?:re)?start\b/.test(line));

test('what is stopped is started, in dependency order, and told', async () => {
  expect(await startComponents(localHost('db', path))).toEqual(['postgres', 'redis']);
  expect(changes()).toEqual([
    'systemctl start postgresql@17-main.service',
    'systemctl start redis-server.service',
  ]);
});

test('units and containers of one host are started together', async () => {
  expect(await startComponents(localHost('app', path))).toEqual(['worker', 'vote', 'result']);
  expect(changes()).toEqual(['systemctl start worker.service', 'docker start vote', 'docker start result']);
});

test('what runs is left alone', async () => {
  runs('worker.service', 'result');
  expect(await startComponents(localHost('app', path))).toEqual(['vote']);
  expect(changes()).toEqual(['docker start vote']);
});

test('when all of it runs nothing is done', async () => {
  runs('postgresql@17-main.service', 'redis-server.service');
  expect(await startComponents(localHost('db', path))).toEqual([]);
  expect(changes()).toEqual([]);
});

test('a component that cannot be started ends it: those behind it need it', async () => {
  program('systemctl', 'case $* in *is-active*) exit 3;; esac; echo "Unit not found." >&2; exit 5');
  await expect(startComponents(localHost('app', path))).rejects.toThrow('Unit not found.');
  expect(changes()).toEqual(['systemctl start worker.service']);
});

test('a container that does not exist is a failure and not something that was started', async () => {
  runs('worker.service');
  program('docker', 'echo "Error: No such object: $last" >&2; exit 1');
  await expect(startComponents(localHost('app', path))).rejects.toThrow('No such object: vote');
});

test('a host without components has nothing to start', async () => {
  expect(await startComponents(localHost('docker', path))).toEqual([]);
});

test('what keeps a database connection is restarted, and the vote page, which keeps none, is not', async () => {
  expect(await restartDatabaseClients(localHost('app', path))).toEqual(['worker', 'result']);
  expect(changes()).toEqual(['systemctl restart worker.service', 'docker restart result']);
});
