import { describe, expect, test } from 'vitest';
import { problemsOf } from '../core/config.ts';
import { labConfig, maxDiskBytes } from './config.ts';
import { addressOf, labHosts, labRoot } from './hosts.ts';

const identity = { lab: 'sla', checkout: '/c' };
const state = { checkout: '/c', path: '/c/.sla' };
const tags = new Map(['app', 'db', 'docker', 'mailbox'].map((name) => [name, `sla-lab/${name}:1`]));

describe('the configuration of a lab', () => {
  test('has a default for everything but the mirror', () => {
    expect(labConfig.parse({})).toEqual({
      name: 'sla',
      subnet: '10.77.0.0/24',
      hosts: {
        app: { cpus: 1, memoryMb: 1024, diskGb: 8, publishedPorts: {} },
        db: { cpus: 1, memoryMb: 1024, diskGb: 8, publishedPorts: {} },
        docker: { cpus: 1, memoryMb: 1536, diskGb: 10, publishedPorts: {} },
      },
    });
  });

  test('takes one value of one host and keeps the rest', () => {
    expect(labConfig.parse({ hosts: { db: { diskGb: 20 } } }).hosts.db).toMatchObject({
      diskGb: 20,
      memoryMb: 1024,
    });
  });

  test.each([
    ['name', { name: 'My Lab' }],
    ['name', { name: '' }],
    ['subnet', { subnet: '10.77.0.5/24' }],
    ['debianMirror', { debianMirror: 'mirror' }],
    ['hosts.web', { hosts: { web: {} } }],
    ['hosts.app.cpus', { hosts: { app: { cpus: 0.1 } } }],
    ['hosts.app.memoryMb', { hosts: { app: { memoryMb: 512.5 } } }],
    ['hosts.app.diskGb', { hosts: { app: { diskGb: 1 } } }],
    ['hosts.app.publishedPorts.http', { hosts: { app: { publishedPorts: { http: 80 } } } }],
    ['hosts.app.publishedPorts.8080', { hosts: { app: { publishedPorts: { 8080: 70000 } } } }],
  ])('refuses a wrong %s', (path, value) => {
    expect(problemsOf(labConfig, value).map((problem) => problem.path)).toEqual([path]);
  });

  test('says how much its disks may take', () => {
    expect(maxDiskBytes(labConfig.parse({}))).toBe(26 * 2 ** 30);
  });
});

test('hosts have their place in any subnet', () => {
  expect(labHosts(labConfig.parse({ subnet: '10.80.0.0/24' }))).toEqual([
    { name: 'app', address: '10.80.0.11', user: 'root', sshPort: 22 },
    { name: 'db', address: '10.80.0.12', user: 'root', sshPort: 22 },
    { name: 'docker', address: '10.80.0.13', user: 'root', sshPort: 22 },
  ]);
  expect(addressOf(labConfig.parse({}), 'mailbox')).toBe('10.77.0.14');
});

test('the variables of terraform/lab carry paths of keys and no key', () => {
  const { variables } = labRoot(labConfig.parse({}), identity, state, tags);
  expect(variables).toMatchObject({
    lab: 'sla',
    subnet: '10.77.0.0/24',
    authorized_key_file: '/c/.sla/keys/operator.pub',
    labels: { 'sla.lab': 'sla', 'sla.checkout': '/c' },
    mailbox: { image: 'sla-lab/mailbox:1', number: 14 },
    hosts: {
      db: {
        image: 'sla-lab/db:1',
        number: 12,
        cpus: 1,
        memory_mb: 1024,
        disk_gb: 8,
        published_ports: {},
        host_key_file: '/c/.sla/keys/db',
      },
    },
  });
});
