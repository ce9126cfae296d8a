import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { backupMeasures } from '../backup/measures.ts';
import type { Cut, Drill } from '../backup/types.ts';
import { checkoutPath } from '../core/state.ts';

const folder = join(checkoutPath, 'terraform/modules/prometheus/rules');
const files = readdirSync(folder).filter((name) => name.endsWith('.rules.yml'));
const rules = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
const alerts = [...rules.matchAll(/^ +- alert: (.+)$/gm)].map(([, name = '']) => name);
const tests = readFileSync(join(folder, 'backups.test.yml'), 'utf8');

const segment = (number: number): string => `00000001000000000000000${number}`;

const full = {
  label: 'f',
  kind: 'full' as const,
  needs: [],
  startedAtMs: 0,
  endedAtMs: 1000,
  clusterBytes: 5,
  addedBytes: 5,
  startLsn: '0/0',
  stopLsn: '0/0',
  startSegment: segment(1),
  stopSegment: segment(1),
  hasDamage: false,
};

const drill: Drill = {
  cut: 'c',
  startedAtMs: 2000,
  verdict: { kind: 'proven' },
  isControl: false,
  took: [{ stage: 'restore', ms: 500 }],
  objectives: {},
  notes: [],
};

const day = 86_400_000;

const measures = backupMeasures({
  nowMs: 2 * day,
  content: {
    backups: [
      full,
      { ...full, label: 'i', kind: 'incremental', startedAtMs: day, endedAtMs: day + 1000, addedBytes: 15 },
    ],
    archive: [{ first: segment(1), last: segment(3), untilMs: 3000 }],
    forks: [],
  },
  cuts: [{ label: 'c', atMs: 1500 } as Cut],
  drills: [drill, { ...drill, isControl: true, startedAtMs: 2500 }],
  disk: { freeBytes: 1000, repositoryBytes: 20 },
  stream: [segment(3), segment(4), segment(5), '000000010000000000000006.partial'],
});

const valueFor = (name: string, labels: Readonly<Record<string, string>> = {}): number | undefined =>
  measures.find(
    (measure) =>
      measure.name === name && Object.entries(labels).every(([key, value]) => measure.labels[key] === value),
  )?.value;

describe('rules of alerts', () => {
  test.each(alerts)('%s has a runbook and a test', (alert) => {
    const [, own = ''] = rules.split(new RegExp(`- alert: ${alert}$`, 'm'));
    const [, runbook = ''] = /runbook: (\S+)/.exec(own) ?? [];
    expect(existsSync(join(checkoutPath, runbook)), runbook).toBe(true);
    expect(tests).toContain(alert);
  });

  test('ask for nothing but what is measured', () => {
    const ofAgent = ['sla_job_next_seconds', 'sla_job_running'];
    const known = new Set([...measures.map(({ name }): string => name), ...ofAgent]);
    const asked = [...rules.matchAll(/\bsla_[a-z_]+/g)].map(([name]) => name);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('what is measured of backups', () => {
  test('the last of each kind', () => {
    expect(valueFor('sla_backup_ended_seconds', { kind: 'full' })).toBe(1);
    expect(valueFor('sla_backup_added_bytes', { kind: 'incremental' })).toBe(15);
    expect(valueFor('sla_backup_ended_seconds', { kind: 'differential' })).toBeUndefined();
  });

  test('a damaged copy that a control proves is an alarm, and proves nothing', () => {
    expect(valueFor('sla_drill_alarm', { control: 'yes' })).toBe(1);
    expect(valueFor('sla_drill_alarm', { control: 'no' })).toBe(0);
    expect(valueFor('sla_drill_proven_seconds')).toBe(2);
  });

  test('complete segments that are received and not archived', () => {
    expect(valueFor('sla_wal_waiting_segments')).toBe(2);
    expect(valueFor('sla_wal_archived_seconds')).toBe(3);
  });

  test('how long the disk lasts at the pace of what was added', () => {
    expect(valueFor('sla_repository_days_left')).toBeCloseTo(100);
  });
});
