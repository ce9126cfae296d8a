import { describe, expect, test } from 'vitest';
import type { EngineNetwork } from './adapters/engine.ts';
import { labelsOf } from './labels.ts';
import {
  insistOnDiskSpace,
  insistOnFreeSubnet,
  insistOnInotify,
  insistOnOwnership,
  insistOnSameSettings,
  type Route,
} from './preflight.ts';

const ours = { lab: 'sla', checkout: '/home/me/sla' };
const labelled = (lab: string, checkout: string) => ({ labels: labelsOf({ lab, checkout }) });

describe('whose a lab is', () => {
  test.each([
    ['nothing is there', []],
    ['all of it is ours', [labelled('sla', '/home/me/sla')]],
    ['another lab of another checkout runs too', [labelled('other', '/home/you/sla')]],
  ])('it is ours when %s', (_, found) => {
    expect(() => insistOnOwnership(ours, found)).not.toThrow();
  });

  test('one thing of another checkout is enough to refuse, with both ways out', () => {
    const found = [labelled('sla', '/home/me/sla'), labelled('sla', '/home/you/sla')];
    expect(() => insistOnOwnership(ours, found)).toThrowError(
      expect.objectContaining({
        code: 'lab-owned-elsewhere',
        message: 'the lab sla belongs to the checkout /home/you/sla',
        remedy: expect.stringMatching(/--lab NAME.*"\.\/sla down" in \/home\/you\/sla$/),
      }),
    );
  });
});

describe('the network of a lab', () => {
  const network = (name: string, subnets: readonly string[], labels = {}): EngineNetwork => ({
    id: name,
    name,
    subnets,
    labels,
  });
  const own = network('sla-net', ['10.77.0.0/24'], { 'sla.lab': 'sla' });
  const check = (networks: readonly EngineNetwork[], routes: readonly Route[] = []) =>
    insistOnFreeSubnet({ name: 'sla', subnet: '10.77.0.0/24' }, networks, routes);

  test.each<[string, readonly EngineNetwork[], readonly Route[]]>([
    ['nothing else is there', [], []],
    [
      'others are elsewhere',
      [network('bridge', ['172.17.0.0/16'])],
      [{ name: 'eth0', subnet: '10.76.0.0/16' }],
    ],
    ['it is our own, and its bridge', [own], [{ name: 'br-1', subnet: '10.77.0.0/24' }]],
    ['another network has no IPv4', [network('host', []), network('six', ['fd00::/64'])], []],
  ])('is free when %s', (_, networks, routes) => {
    expect(() => check(networks, routes)).not.toThrow();
  });

  test.each<[string, readonly EngineNetwork[], readonly Route[]]>([
    [
      '10.77.0.0/16 of the Docker network compose_default',
      [network('compose_default', ['10.77.0.0/16'])],
      [],
    ],
    [
      '10.77.0.128/25 of the Docker network other-net',
      [network('other-net', ['10.77.0.128/25'], { 'sla.lab': 'other' })],
      [],
    ],
    ['10.0.0.0/8 of the interface tun0', [own], [{ name: 'tun0', subnet: '10.0.0.0/8' }]],
  ])('is refused when it overlaps %s', (taken, networks, routes) => {
    expect(() => check(networks, routes)).toThrowError(
      expect.objectContaining({
        code: 'subnet-in-use',
        message: `the lab network 10.77.0.0/24 overlaps ${taken}`,
        remedy: expect.stringContaining('lab.subnet'),
      }),
    );
  });

  test('the remedy names a network that is free', () => {
    const taken = ['10.77.0.0/24', '10.78.0.0/24', '10.79.0.0/16'].map((subnet) => network(subnet, [subnet]));
    expect(() => check(taken)).toThrowError(
      expect.objectContaining({ remedy: expect.stringContaining('--subnet 10.80.0.0/24') }),
    );
  });
});

describe('disk space', () => {
  const gib = 2 ** 30;

  test('exactly enough is enough', () => {
    expect(() => insistOnDiskSpace('/var/lib/docker', 30 * gib, 30 * gib)).not.toThrow();
  });

  test('where no limit is known, none is insisted on', () => {
    expect(() => insistOnDiskSpace('/x', Number.POSITIVE_INFINITY, 30 * gib)).not.toThrow();
  });

  test('too little is refused with what is there, what is needed, and how much to free', () => {
    expect(() => insistOnDiskSpace('/var/lib/docker', 11.5 * gib, 30 * gib)).toThrowError(
      expect.objectContaining({
        code: 'disk-too-small',
        message: "/var/lib/docker has 11.5 GiB free, but the images and the hosts' disks may take 30.0 GiB",
        remedy: 'free 18.5 GiB there, or lower lab.hosts.*.diskGb in sla.config.ts',
      }),
    );
  });

  test('one byte too little still asks for something', () => {
    expect(() => insistOnDiskSpace('/x', 30 * gib - 1, 30 * gib)).toThrowError(
      expect.objectContaining({ remedy: expect.stringContaining('free 0.1 GiB') }),
    );
  });
});

describe('the settings of hosts that exist', () => {
  const settings = (changes: object = {}) => ({
    lab: 'sla',
    subnet: '10.77.0.0/24',
    hosts: { db: { image: 'sla-lab/db:1', cpus: 1, disk_gb: 8, published_ports: {}, ...changes } },
  });

  test.each([
    ['nothing changed', settings(), settings()],
    ['only the image is newer', settings(), settings({ image: 'sla-lab/db:2' })],
    ['no port is published any which way', settings(), settings({ published_ports: undefined })],
  ])('are the same when %s', (_, last, next) => {
    const written = JSON.parse(JSON.stringify(next));
    expect(() => insistOnSameSettings('sla', last, written)).not.toThrow();
  });

  test('each difference is told with its path, before and after', () => {
    const next = {
      ...settings({ cpus: 2, published_ports: { 15432: 5432 } }),
      subnet: '10.78.0.0/24',
    };
    expect(() => insistOnSameSettings('sla', settings(), next)).toThrowError(
      expect.objectContaining({
        code: 'lab-differs',
        message: 'the hosts of lab sla were made with other settings',
        cause: [
          'subnet: 10.77.0.0/24 → 10.78.0.0/24',
          'hosts.db.cpus: 1 → 2',
          'hosts.db.published_ports.15432: unset → 5432',
        ].join('\n'),
        remedy: expect.stringContaining('./sla down'),
      }),
    );
  });
});

describe('inotify instances', () => {
  test('are enough for three more hosts, or the way to more is told', () => {
    expect(() => insistOnInotify({ used: 20, most: 128 })).not.toThrow();
    expect(() => insistOnInotify({ used: 120, most: 128 })).toThrowError(
      expect.objectContaining({
        code: 'machine-not-ready',
        message: 'of 128 inotify instances of this machine 120 are in use',
        remedy: expect.stringContaining('fs.inotify.max_user_instances=1024'),
      }),
    );
  });
});
