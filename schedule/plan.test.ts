import { describe, expect, test } from 'vitest';
import { serviceConfig } from '../core/windows.ts';
import { jobOf } from '../test/fakes/schedule.ts';
import { cronOf } from './cron.ts';
import { type PlannedJob, planJobs, type Situation, settled } from './plan.ts';
import type { Decision, Job, Standing } from './types.ts';

const service = serviceConfig.parse(undefined);
const at = (text: string): number => Temporal.ZonedDateTime.from(`${text}[Europe/Paris]`).epochMilliseconds;

const planned = (
  job: Partial<Job> & Pick<Job, 'name' | 'cron'>,
  accounted: string,
  standing: Partial<Standing> = {},
): PlannedJob => ({
  plan: jobOf(job),
  cron: cronOf(job.cron, service.zone),
  standing: { accountedMs: at(accounted), ...standing },
});

const decisionsOf = (
  now: string,
  jobs: readonly PlannedJob[],
  more: Partial<Situation> = {},
): readonly Decision[] =>
  planJobs({
    nowMs: at(now),
    awakeSinceMs: at('2026-01-01T00:00'),
    service,
    jobs,
    running: new Set(),
    held: new Map(),
    ...more,
  });

/** `run A`, or `wait A: why`. */
const saidOf = (decisions: readonly Decision[]): readonly string[] =>
  decisions.map((each) => `${each.kind} ${each.job}${each.kind === 'wait' ? `: ${each.why}` : ''}`);

const nightly = {
  name: 'full',
  cron: '0 3 * * *',
  isHeavy: true,
  windows: 'outside',
  stores: ['postgres'],
} as const;
const hourly = { name: 'incremental', cron: '0 * * * *', stores: ['postgres'] } as const;

// 2026-11-23 is a Monday.
describe('what is due', () => {
  test.each([
    ['before its time', '2026-11-22T02:59:59.999', '2026-11-21T03:00', []],
    ['at its time', '2026-11-22T03:00', '2026-11-21T03:00', ['run full']],
    ['after its time', '2026-11-22T03:20', '2026-11-21T03:00', ['run full']],
    ['once it ran for that time', '2026-11-22T03:20', '2026-11-22T03:00', []],
    ['days after, it runs once', '2026-11-22T04:00', '2026-11-15T03:00', ['run full']],
  ])('%s', (_, now, accounted, said) =>
    expect(saidOf(decisionsOf(now, [planned(nightly, accounted)]))).toEqual(said),
  );

  test('not while it runs', () => {
    const running = new Set(['full']);
    expect(decisionsOf('2026-11-22T03:00', [planned(nightly, '2026-11-21T03:00')], { running })).toEqual([]);
  });
});

describe('what was missed', () => {
  const missedOf = (now: string, awake: string, job = planned(hourly, '2026-11-21T05:00')) =>
    decisionsOf(now, [job], { awakeSinceMs: at(awake) })[0];

  test('is run once, and said with how often and for when', () => {
    expect(missedOf('2026-11-21T09:20', '2026-11-21T09:20')).toMatchObject({
      kind: 'run',
      dueMs: at('2026-11-21T09:00'),
      missed: { times: 4, dueMs: at('2026-11-21T09:00') },
    });
  });
  test('are only the times that nobody saw', () => {
    expect(missedOf('2026-11-21T09:20', '2026-11-21T08:30')).toMatchObject({
      missed: { times: 3, dueMs: at('2026-11-21T08:00') },
    });
    expect(missedOf('2026-11-21T06:00', '2026-11-21T05:30')).not.toHaveProperty('missed');
  });
  test('is not worth a word of a routine job', () => {
    const routine = planned({ ...hourly, isRoutine: true }, '2026-11-21T05:00');
    expect(missedOf('2026-11-21T09:20', '2026-11-21T09:20', routine)).not.toHaveProperty('missed');
  });
});

describe('service windows', () => {
  test.each([
    ['2026-11-23T10:00', 'wait full: a service window is open until 18:00'],
    ['2026-11-23T17:59', 'wait full: a service window is open until 18:00'],
    ['2026-11-23T18:00', 'run full'],
    ['2026-11-23T09:51', 'wait full: it could still run when a service window opens at 10:00'],
    ['2026-11-23T09:50', 'run full'],
  ])('at %s: %s', (now, said) =>
    expect(saidOf(decisionsOf(now, [planned(nightly, '2026-11-22T03:00')]))).toEqual([said]),
  );

  test('a job that is known to be quick starts shortly before one', () => {
    const quick = planned(nightly, '2026-11-22T03:00', { usualMs: 60_000 });
    expect(saidOf(decisionsOf('2026-11-23T09:57', [quick]))).toEqual(['run full']);
  });
  test('a job that may runs inside', () => {
    expect(
      saidOf(decisionsOf('2026-11-23T10:00', [planned({ ...nightly, windows: 'any' }, '2026-11-22T03:00')])),
    ).toEqual(['run full']);
  });
  test('a job of the windows does not run outside, and makes up for nothing there', () => {
    const inside = planned({ ...hourly, windows: 'inside' }, '2026-11-23T08:30');
    expect(saidOf(decisionsOf('2026-11-23T09:00', [inside]))).toEqual(['pass over incremental']);
    expect(saidOf(decisionsOf('2026-11-23T10:00', [inside]))).toEqual(['run incremental']);
    expect(
      saidOf(
        decisionsOf('2026-11-23T18:00', [planned({ ...hourly, windows: 'inside' }, '2026-11-23T17:00')]),
      ),
    ).toEqual(['pass over incremental']);
  });
});

describe('jobs beside each other', () => {
  const full = planned(nightly, '2026-11-21T03:00');
  const incremental = planned(hourly, '2026-11-22T02:00');
  test('on one store they follow each other, in the order of the table', () => {
    expect(saidOf(decisionsOf('2026-11-22T03:00', [full, incremental]))).toEqual([
      'run full',
      'wait incremental: "full" works on postgres',
    ]);
  });
  test('heavy ones follow each other whatever they work on', () => {
    const drill = planned({ ...nightly, name: 'drill', stores: [] }, '2026-11-21T03:00');
    expect(saidOf(decisionsOf('2026-11-22T03:00', [full, drill]))).toEqual([
      'run full',
      'wait drill: "full" runs, and both are heavy',
    ]);
  });
  test('a store that the CLI holds is waited for, and its holder named', () => {
    const held = new Map([['postgres', 'alice (backup restore)']]);
    expect(saidOf(decisionsOf('2026-11-22T03:00', [full], { held }))).toEqual([
      'wait full: postgres is in use by alice (backup restore)',
    ]);
  });
  test('one that waits does not keep others waiting', () => {
    const held = new Map([['postgres', 'alice']]);
    const other = planned({ ...nightly, name: 'drill', stores: ['redis'] }, '2026-11-21T03:00');
    expect(saidOf(decisionsOf('2026-11-22T03:00', [full, other], { held }))).toEqual([
      'wait full: postgres is in use by alice',
      'run drill',
    ]);
  });
});

describe('a clock that was set back', () => {
  test.each([
    [
      'an hour, for an hourly job: it rests',
      hourly,
      '2026-11-21T11:00',
      '2026-11-21T10:05',
      '2026-11-21T11:00',
    ],
    [
      'a day, for an hourly job: it goes on from now',
      hourly,
      '2026-11-21T11:00',
      '2026-11-20T11:00',
      '2026-11-20T11:00',
    ],
    [
      'an hour, for a nightly job: it rests',
      nightly,
      '2026-11-21T03:00',
      '2026-11-21T02:30',
      '2026-11-21T03:00',
    ],
    [
      'an hour, for one of every minute: it goes on from now',
      { name: 'copy', cron: '* * * * *' },
      '2026-11-21T11:00',
      '2026-11-21T10:00',
      '2026-11-21T10:00',
    ],
    ['not at all', hourly, '2026-11-21T11:00', '2026-11-21T11:00', '2026-11-21T11:00'],
  ] as const)('by %s', (_, job, accounted, now, expected) => {
    expect(settled(planned(job, accounted), at(now)).accountedMs).toBe(at(expected));
  });
});
