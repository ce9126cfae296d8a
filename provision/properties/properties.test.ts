import { describe, expect, it } from 'vitest';
import { factsOf, type Known } from '../../test/fakes/facts.ts';
import { siteWith } from '../../test/fakes/site.ts';
import { Secret } from '../secret.ts';
import type { Step } from '../types.ts';
import { account } from './account.ts';
import { ballast } from './ballast.ts';
import { clockPackage, offsetMs } from './clock.ts';
import { container } from './container.ts';
import { daemonSettings } from './docker.ts';
import { absent, edited, file } from './file.ts';
import { folders } from './folders.ts';
import { installed } from './installed.ts';
import { namesKnown } from './names.ts';
import { dataChecksums } from './postgres.ts';
import { redisRunsWith } from './redis.ts';
import { streamRoleFile, streamRoleReady } from './streamRole.ts';
import { active, disabled, enabled, masked } from './unit.ts';

const whatOf = (step: Step, known: Known) => step.diff(factsOf(known)).map(({ what }) => what);
const why = 'a test';

const f = file({ path: '/f', content: 'x', why });
const psql = `runuser -u postgres -- psql -XAtqc 'SELECT current_setting('\\''data_checksums'\\''), (SELECT sum(pg_database_size(oid)) FROM pg_database)'`;
const statOf = (paths: string): string => `stat -c '%F|%a|%U:%G|%n' -- ${paths}`;
const copying = { name: 'c', uid: 640, home: '/home/c', shell: '/bin/sh', why };
const noLines = { '/etc/hosts': { text: '127.0.0.1 localhost\n10.77.0.11 app\n10.9.9.9 db # old\n' } };

describe('a property', () => {
  it.each<[string, Step, Known, readonly string[]]>([
    ['an installed package', installed('p', why), { packages: ['p'] }, []],
    ['a missing package', installed('p', why), {}, ['install p']],
    ['a file as it should be', f, { files: { '/f': { text: 'x' } } }, []],
    ['a missing file', f, {}, ['write /f']],
    ['a file with another content', f, { files: { '/f': { text: 'y' } } }, ['change /f']],
    ['a file with another mode', f, { files: { '/f': { text: 'x', mode: '0666' } } }, ['change /f']],
    [
      'a file of another owner',
      f,
      { files: { '/f': { text: 'x', owner: 'nobody:nogroup' } } },
      ['change /f'],
    ],
    ['a file that must go', absent('/f', why), { files: { '/f': {} } }, ['remove /f']],
    ['a file that is gone', absent('/f', why), {}, []],
    ['an enabled unit', enabled('u', why), { units: { u: { unitFile: 'enabled' } } }, []],
    ['a disabled unit', enabled('u', why), {}, ['enable u']],
    ['a running unit', active('u', why), { units: { u: { active: 'active' } } }, []],
    ['a unit that reloads', active('u', why), { units: { u: { active: 'reloading' } } }, []],
    ['a unit that has failed', active('u', why), { units: { u: { active: 'failed' } } }, ['start u']],
    ['a unit to disable', disabled('u', why), { units: { u: { active: 'active' } } }, ['stop and disable u']],
    [
      'a unit that never existed',
      disabled('u', why),
      { units: { u: { load: 'not-found', unitFile: '' } } },
      [],
    ],
    [
      'ballast of the right size',
      ballast(1),
      { commands: { 'stat -c %s /var/lib/sla/ballast': '1048576' } },
      [],
    ],
    ['no ballast', ballast(1), {}, ['allocate 1 MiB in /var/lib/sla/ballast']],
    [
      'a clock in a container',
      clockPackage,
      { commands: { 'systemd-detect-virt --container': 'docker' } },
      [],
    ],
    [
      'a clock of its own',
      clockPackage,
      { commands: { 'systemd-detect-virt --container': '1:none' } },
      ['install chrony'],
    ],
    [
      'a small cluster without checksums',
      dataChecksums(),
      { commands: { [psql]: 'off|9000000' } },
      ['stop PostgreSQL, write checksums into its pages, start it again'],
    ],
    ['a cluster too large to be stopped', dataChecksums(), { commands: { [psql]: 'off|9000000000' } }, []],
    ['a cluster that is down', dataChecksums(), { commands: { [psql]: '2:could not connect' } }, []],
    ['a unit that cannot run', masked('u', why), { units: { u: { load: 'masked' } } }, []],
    ['a unit that could', masked('u', why), { units: { u: { load: 'not-found' } } }, ['mask u']],
    [
      'a masked unit that runs still',
      masked('u', why),
      { units: { u: { load: 'masked', active: 'active' } } },
      ['mask u'],
    ],
    [
      'folders as they should be',
      folders([{ path: '/f', owner: 'a:b' }], why),
      { commands: { [statOf('/f')]: 'directory|700|a:b|/f' } },
      [],
    ],
    [
      'a folder of somebody else, and one that is missing',
      folders(
        [
          { path: '/f', owner: 'a:b' },
          { path: '/g', owner: 'a:b' },
        ],
        why,
      ),
      { commands: { [statOf('/f /g')]: '1:directory|700|root:root|/f\nstat: cannot statx' } },
      ['make /f a folder of a:b', 'make /g a folder of a:b'],
    ],
    [
      'an account as it should be',
      account(copying),
      { commands: { 'getent passwd c': 'c:x:640:640::/home/c:/bin/sh' } },
      [],
    ],
    [
      'a missing account',
      account(copying),
      { commands: { 'getent passwd c': '2:' } },
      ['make the account c'],
    ],
    [
      'an account with another shell',
      account(copying),
      { commands: { 'getent passwd c': 'c:x:640:640::/home/c:/bin/bash' } },
      ['change the account c'],
    ],
    [
      'names that are missing or wrong',
      namesKnown(siteWith(), 'app'),
      { files: noLines },
      ['write db, redis, docker into /etc/hosts'],
    ],
  ])('%s', (_, step, known, expected) => expect(whatOf(step, known)).toEqual(expected));

  it('keeps the lines of a hosts file that it does not own', () => {
    const [change] = namesKnown(siteWith(), 'app').diff(factsOf({ files: noLines }));
    expect(change).toMatchObject({ run: expect.arrayContaining(['127.0.0.1 localhost', '10.77.0.12\tdb']) });
    expect(JSON.stringify(change)).not.toContain('10.9.9.9');
  });

  it('changes a delivered file only where it must, and keeps mode and owner', () => {
    const step = edited('e', { path: '/e', why }, (text) => text.replace('a', 'b'));
    expect(
      step.diff(factsOf({ files: { '/e': { text: 'xa', mode: '0640', owner: 'redis:redis' } } })),
    ).toMatchObject([{ content: 'xb', mode: '0640', owner: 'redis:redis' }]);
    expect(whatOf(step, { files: { '/e': { text: 'xb' } } })).toEqual([]);
  });

  it('adds to the settings of the Docker engine that were delivered', () => {
    const step = daemonSettings({ 'live-restore': true });
    const text = '{ "log-driver": "json-file" }';
    const [change] = step.diff(factsOf({ files: { '/etc/docker/daemon.json': { text } } }));
    const content = change?.kind === 'put' ? String(change.content) : '';
    expect(JSON.parse(content)).toEqual({ 'log-driver': 'json-file', 'live-restore': true });
    expect(whatOf(step, { files: { '/etc/docker/daemon.json': { text: content } } })).toEqual([]);
  });

  it('puts no password of the stream into an argv or a plan', () => {
    const password = new Secret('pencil');
    const changes = [streamRoleFile(password), streamRoleReady(password)].flatMap((step) =>
      step.diff(factsOf({})),
    );
    expect(changes.map(({ what }) => what)).toEqual([
      'write /etc/sla/stream-role.sql',
      'make the role sla_stream and its slot',
    ]);
    expect(JSON.stringify(changes)).not.toMatch(/pencil|SCRAM/);
  });

  it('sets only the Redis settings that differ', () => {
    const step = redisRunsWith({ appendonly: 'yes', maxmemory: '1' });
    const read = 'redis-cli --raw config get appendonly maxmemory';
    expect(whatOf(step, { commands: { [read]: 'appendonly\nno\nmaxmemory\n1' } })).toEqual([
      'set appendonly of Redis to yes',
    ]);
  });
});

describe('a container', () => {
  const spec = {
    name: 'vote',
    image: 'voting/vote',
    publish: '127.0.0.1:18080',
    memoryMb: 1,
    knownHosts: ['db:10.77.0.12'],
    binds: [],
    madeOf: '',
    why,
  };
  const inspected = (change: object = {}, state = true) => ({
    State: { Running: state },
    Config: { Image: 'voting/vote', Labels: { 'sla.made-of': '' } },
    HostConfig: {
      Memory: 2 ** 20,
      Binds: null,
      ExtraHosts: ['db:10.77.0.12'],
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Config: { 'max-file': '3', 'max-size': '10m' } },
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '18080' }] },
      ...change,
    },
  });

  it.each<[string, unknown, readonly string[]]>([
    ['as it should be', inspected(), []],
    ['missing', undefined, ['make container vote']],
    ['stopped', inspected({}, false), ['start container vote']],
    ['without a policy', inspected({ RestartPolicy: { Name: 'no' } }), ['set limits of container vote']],
    [
      'on the port of the client',
      inspected({ PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } }),
      ['make anew (port) container vote'],
    ],
    [
      'without log limits',
      inspected({ LogConfig: { Config: {} } }),
      ['make anew (log limits) container vote'],
    ],
  ])('%s', (_, vote, expected) => {
    expect(whatOf(container(spec), { containers: vote ? { vote } : {} })).toEqual(expected);
  });
});

describe('the offset of a clock', () => {
  it.each([
    ['C0248F5D,192.36.143.93,2,1700000000.1,-0.250000,0.0,0.1,1,2,3,4,5,Normal', 250],
    ['00000000,,0,0.0,0.000000,0.0,0.0,0,0,0,1,1,0,Not synchronised', undefined],
    ['506 Cannot talk to daemon', undefined],
  ])('%s', (csv, expected) => expect(offsetMs(csv)).toBe(expected));
});
