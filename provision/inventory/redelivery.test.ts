import { describe, expect, test } from 'vitest';
import { components } from '../../core/application.ts';
import type { Declaration } from '../types.ts';
import { evidenceFrom } from './evidence.ts';
import { inventoryFrom } from './parse.ts';
import { compareDeliveries } from './redelivery.ts';
import type { Evidence, Inventory } from './types.ts';

const nothing: Inventory = inventoryFrom(() => '', new Map());

interface Scene {
  readonly delivered?: Partial<Inventory>;
  readonly found?: Partial<Inventory>;
  readonly evidence?: Partial<Evidence>;
  readonly declarations?: readonly Declaration[];
}

/** Each difference with why it is expected; undefined when somebody has to agree. */
const differencesOf = ({ delivered, found, evidence, declarations = [] }: Scene) =>
  Object.fromEntries(
    compareDeliveries(
      { ...nothing, ...delivered },
      {
        inventory: { ...nothing, ...found },
        evidence: { ...evidenceFrom(() => ''), ...evidence },
      },
      declarations,
      components,
    ).map(({ section, item, because }) => [`${section} ${item}`, because]),
  );

const file = (sum: string, mode = '0600'): string => `${mode} root:root ${sum.repeat(64)}`;
const hostKey = '/etc/ssh/ssh_host_ed25519_key';
const account = (hash: string): string =>
  `uid 1000 groups admin,sudo /home/admin /bin/bash password sha256:${hash}`;

describe('two deliveries of one image', () => {
  test('differ in host keys and in the salts of passwords, which is as it should be', () => {
    const differences = differencesOf({
      delivered: { files: { [hostKey]: file('a') }, users: { admin: account('0123456789ab') } },
      found: { files: { [hostKey]: file('b') }, users: { admin: account('ba9876543210') } },
    });
    expect(Object.values(differences).filter((because) => because === undefined)).toEqual([]);
    expect(Object.keys(differences)).toEqual(['users admin', `files ${hostKey}`]);
  });

  test('do not differ in the mode of a host key, nor in what else is known of an account', () => {
    const differences = differencesOf({
      delivered: { files: { [hostKey]: file('a') }, users: { admin: account('0123456789ab') } },
      found: {
        files: { [hostKey]: file('b', '0644') },
        users: { admin: account('0123456789ab').replace('sudo', 'sudo,docker') },
      },
    });
    expect(Object.values(differences)).toEqual([undefined, undefined]);
  });
});

test('a key, a user, a port and a file that were not there have to be agreed to', () => {
  const found = {
    keys: { 'root SHA256:x': 'ssh-ed25519 stranger' },
    users: { mallory: account('0123456789ab') },
    ports: { 'tcp 0.0.0.0:4444': 'nc' },
    files: { '/etc/cron.d/more': file('a') },
  };
  expect(Object.values(differencesOf({ found }))).toEqual([undefined, undefined, undefined, undefined]);
});

test('our key, which is left where only a password let us in, is not the client’s', () => {
  const item = 'admin SHA256:ours';
  const declared: Declaration = { kind: 'item', section: 'keys', item, value: 'ssh-ed25519 sla' };
  const found = { keys: { [item]: 'ssh-ed25519 sla' } };
  expect(differencesOf({ found, declarations: [declared] })).toEqual({ [`keys ${item}`]: 'ssh-ed25519 sla' });
});

describe('a later image', () => {
  const delivered = { packages: { openssl: '3.5.1-1' } };

  test('has newer packages, and the files that these bring', () => {
    const path = '/etc/ssl/openssl.cnf';
    const differences = differencesOf({
      delivered: { ...delivered, files: { [path]: file('a') } },
      found: { packages: { openssl: '3.5.1-1+deb13u1' }, files: { [path]: file('b') } },
      evidence: {
        owners: new Map([[path, ['openssl']]]),
        packaged: new Map([[path, 'md5']]),
        md5: new Map([[path, 'md5']]),
      },
    });
    expect(differences).toEqual({
      'packages openssl': 'a newer version',
      [`files ${path}`]: 'with a newer openssl',
    });
  });

  test('has no older package, none more and none less', () => {
    const found = { packages: { openssl: '3.5.1-1~rc1', netcat: '1' } };
    const before = { packages: { ...delivered.packages, sudo: '1' } };
    expect(Object.values(differencesOf({ delivered: before, found }))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test('what is in the stores is restored, and what needs them is started in its turn', () => {
  const differences = differencesOf({
    delivered: {
      schemas: { 'postgres: table public.votes': 'id', 'role postgres': 'superuser' },
      units: { 'worker.service': { 'at boot': 'enabled', runs: 'yes' } },
    },
    found: {
      schemas: { 'role postgres': 'superuser' },
      units: { 'worker.service': { 'at boot': 'enabled', runs: 'failed' } },
    },
  });
  expect(differences).toEqual({
    'units worker.service runs': 'it is started in its turn',
    'schemas postgres: table public.votes': 'the stores are restored',
  });
});

test('a store that does not answer tells nothing, which is not the same as nothing', () => {
  const delivered = { schemas: { 'role postgres': 'superuser' } };
  expect(differencesOf({ delivered })).toEqual({ 'schemas all': undefined });
});
