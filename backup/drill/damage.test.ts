import { describe, expect, test } from 'vitest';
import type { Cut } from '../types.ts';
import { chooseDamage, damageKinds, describeDamage, partRoles } from './damage.ts';
import { neededParts } from './neededParts.ts';

const segment = (number: number): string =>
  `repository/archive/votes/17-1/0000000100000000/00000001000000000000000${number}-${'a'.repeat(40)}.zst`;

const [full, incremental] = ['20261121-010000F', '20261121-010000F_20261121-020000I'];
const backups = 'repository/backup/votes';

const cut: Cut = {
  format: 1,
  label: 'noon',
  atMs: 1,
  postgres: { restorePoint: 'p', lsn: '0/5000090', timeline: 1, backup: incremental },
  redis: { replicationId: 'r', replicationOffset: 1 },
  journalSequence: 1,
  pausedMs: 1,
  digest: 'd',
  files: {
    'redis.rdb': { bytes: 50, sha256: '' },
    'fingerprint/fingerprint.json': { bytes: 60, sha256: '' },
    'fingerprint/rows/public.votes.rows.zst': { bytes: 70, sha256: '' },
  },
};

const manifest = `[backup]
backup-label="${incremental}"

[target:file]
pg_data/base/1/1={"bni":1,"bno":100,"checksum":"x","reference":"${full}","repo-size":50,"size":8192,"timestamp":1}
pg_data/base/1/2={"bi":1,"bim":40,"checksum":"x","repo-size":300,"size":9000,"timestamp":1}
pg_data/base/1/3={"size":0,"timestamp":1}
pg_data/backup_label={"checksum":"x","repo-size":208,"size":258,"timestamp":1}

[target:file:default]
group="postgres"
`;

const sizes = new Map([
  [`${backups}/${full}/bundle/1`, 900],
  [`${backups}/${incremental}/pg_data/base/1/2.pgbi`, 300],
  [`${backups}/${incremental}/pg_data/backup_label.zst`, 208],
  [`${backups}/backup.info`, 2000],
  [`${backups}/${incremental}/backup.manifest`, 3000],
  ['repository/archive/votes/archive.info', 368],
  ...[1, 2, 3, 4, 5, 6].map((number) => [segment(number), number === 4 ? 720 : 50_000] as const),
  [`${segment(3).slice(0, -45)}.00000028.backup`, 400],
  ['cuts/noon/redis.rdb', 50],
  ['cuts/noon/fingerprint/fingerprint.json', 60],
  ['cuts/noon/fingerprint/rows/public.votes.rows.zst', 70],
  ['cuts/noon/cut.json', 500],
  ['cuts/noon/cut.mac', 64],
]);

const plan = {
  kind: 'plan' as const,
  backup: incremental,
  clusterBytes: 30_000_000,
  timeline: 1,
  wal: { first: '000000010000000000000003', last: '000000010000000000000005' },
  until: { kind: 'restore point' as const, name: 'p', lsn: '0/5000090' },
  notes: [],
};

const parts = neededParts({ plan, cut, manifest, sizes });

describe('the parts that a cut needs', () => {
  const of = (role: (typeof partRoles)[number]) => parts.filter((part) => part.role === role);

  test('of a bundle the bytes of the files that are restored, and no file that is empty', () => {
    expect(of('backup')).toEqual([
      { role: 'backup', file: `${backups}/${full}/bundle/1`, from: 100, bytes: 50 },
      { role: 'backup', file: `${backups}/${incremental}/pg_data/base/1/2.pgbi`, from: 0, bytes: 300 },
      { role: 'backup', file: `${backups}/${incremental}/pg_data/backup_label.zst`, from: 0, bytes: 208 },
    ]);
  });

  test('of the WAL the segments up to the cut, without compressed zeros and what lies behind it', () => {
    expect(of('segment').map(({ file, bytes }) => [file, bytes])).toEqual([
      [segment(3), 48_976],
      [segment(4), 32],
      [segment(5), 32],
    ]);
  });

  test('of the indexes both copies', () => {
    for (const { file, twin } of of('index')) expect(twin).toBe(`${file}.copy`);
    expect(of('index')).toHaveLength(3);
  });

  test('of the cut every file', () => {
    expect([...of('snapshot'), ...of('fingerprint'), ...of('cut')].map(({ file }) => file)).toEqual([
      'cuts/noon/redis.rdb',
      'cuts/noon/fingerprint/fingerprint.json',
      'cuts/noon/fingerprint/rows/public.votes.rows.zst',
      'cuts/noon/cut.json',
      'cuts/noon/cut.mac',
    ]);
  });
});

describe('damage by a seed', () => {
  const seeds = Array.from({ length: 500 }, (_, seed) => seed);
  const damages = seeds.map((seed) => chooseDamage(seed, parts));

  test('the same seed does the same again', () => {
    expect(seeds.map((seed) => chooseDamage(seed, parts))).toEqual(damages);
  });

  test('every kind comes up, and no two seeds in a row do the same', () => {
    expect(new Set(damages.map(({ kind }) => kind))).toEqual(new Set(damageKinds));
    expect(new Set(damages.map(describeDamage)).size).toBeGreaterThan(200);
  });

  test('bits are flipped in every kind of part, and only where they are needed', () => {
    const roles = new Set<string>();
    for (const damage of damages) {
      if (damage.kind !== 'bit flip') continue;
      const [file] = damage.files;
      const hit = parts.find(
        (part) => part.file === file && damage.offset >= part.from && damage.offset < part.from + part.bytes,
      );
      expect(hit, describeDamage(damage)).toBeDefined();
      if (hit?.twin !== undefined) expect(damage.files).toEqual([file, hit.twin]);
      roles.add(hit?.role ?? '');
    }
    expect(roles).toEqual(new Set(partRoles));
  });

  test('two files that are swapped are two', () => {
    for (const damage of damages)
      if (damage.kind === 'swapped files') expect(damage.files[0]).not.toBe(damage.files[1]);
  });

  test('nothing is asked of a copy that has no WAL', () => {
    const withoutWal = parts.filter(({ role }) => role !== 'segment');
    for (const seed of seeds) expect(chooseDamage(seed, withoutWal).kind).not.toBe('missing segment');
  });
});
