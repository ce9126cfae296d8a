import { setImmediate as settle } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { serviceConfig } from '../core/windows.ts';
import { jobOf, memoryLedger, memoryLocks, virtualClock } from '../test/fakes/schedule.ts';
import { Scheduler } from './scheduler.ts';
import type { Job } from './types.ts';

const at = (text: string): number => Temporal.ZonedDateTime.from(`${text}[Europe/Paris]`).epochMilliseconds;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A world that outlives its agents. */
function worldAt(text: string) {
  const clock = virtualClock(at(text));
  const ledger = memoryLedger();
  const locks = memoryLocks();
  const stuck: string[] = [];
  const logged: string[] = [];
  const begin = (...jobs: readonly Job[]) =>
    new Scheduler({
      jobs,
      ledger,
      locks,
      clock,
      service: serviceConfig.parse(undefined),
      build: 'test',
      log: (message) => void logged.push(message),
      onStuck: (job) => void stuck.push(job),
    });
  /** Ticks each minute, and lets what runs go on in between. */
  const live = async (scheduler: Scheduler, ms: number, stepMs = minuteMs) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.pass(stepMs);
      scheduler.tick();
      for (let turn = 0; turn < 5; turn += 1) await settle();
    }
  };
  /** What the ledger says of jobs, a line each. */
  const story = () =>
    ledger.events.flatMap((event) => {
      if (event.kind === 'job started') return [`start ${event.data.job} ${wall(event.data.dueMs)}`];
      if (event.kind === 'job ended') return [`${event.data.outcome} ${event.data.job}`];
      if (event.kind === 'job missed') return [`missed ${event.data.job} ${event.data.times}`];
      return [];
    });
  return { clock, ledger, locks, stuck, logged, begin, live, story };
}

const wall = (ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms)
    .toZonedDateTimeISO('Europe/Paris')
    .toPlainTime()
    .toString()
    .slice(0, 5);

const hourly = jobOf({ name: 'incremental', cron: '0 * * * *', stores: ['postgres'] });

/** A job that goes on until it is told to end, or aborted. */
function slow(job: Partial<Job> & Pick<Job, 'name' | 'cron'>, isDeaf = false) {
  const finishes: (() => void)[] = [];
  const made = jobOf({
    ...job,
    run: (signal) =>
      new Promise((resolve, reject) => {
        finishes.push(() => resolve({ kind: 'ok', said: 'at last' }));
        if (!isDeaf) signal.addEventListener('abort', () => reject(signal.reason));
      }),
  });
  return { job: made, finish: () => finishes.shift()?.(), begun: () => finishes.length };
}

test('a job runs at each of its times, once', async () => {
  const { begin, live, story } = worldAt('2026-11-21T09:30');
  await live(begin(hourly), 3 * hourMs);
  expect(story()).toEqual(
    ['10:00', '11:00', '12:00'].flatMap((time) => [`start incremental ${time}`, 'ok incremental']),
  );
});

test('an agent that comes back runs what was missed once, and says so', async () => {
  const { begin, live, story, clock } = worldAt('2026-11-21T09:30');
  await live(begin(hourly), hourMs);
  clock.pass(5 * hourMs);
  await live(begin(hourly), 10 * minuteMs);
  expect(story().slice(2)).toEqual(['missed incremental 5', 'start incremental 15:00', 'ok incremental']);
});

test('an agent that was killed records its job as cut off, and does not begin it again', async () => {
  const { begin, live, story, locks } = worldAt('2026-11-21T09:30');
  const { job } = slow(hourly);
  await live(begin(job), 40 * minuteMs);
  locks.holders.clear();
  await live(begin(hourly), 10 * minuteMs);
  expect(story()).toEqual(['start incremental 10:00', 'cut off incremental']);
  await live(begin(hourly), hourMs);
  expect(story().slice(2)).toEqual(['start incremental 11:00', 'ok incremental']);
});

describe('a clock that jumps', () => {
  test.each([
    [
      'an hour forward',
      hourMs,
      [
        'start incremental 10:00',
        'missed incremental 1',
        'start incremental 11:00',
        'start incremental 12:00',
        'start incremental 13:00',
      ],
    ],
    ['an hour back', -hourMs, ['start incremental 10:00', 'start incremental 11:00']],
    [
      'a week back',
      -7 * 24 * hourMs,
      ['start incremental 10:00', 'start incremental 11:00', 'start incremental 12:00'],
    ],
  ])('by %s makes no job run twice or not at all', async (_, jumpMs, expected) => {
    const { begin, live, story, clock } = worldAt('2026-11-21T09:30');
    const scheduler = begin(hourly);
    await live(scheduler, 40 * minuteMs);
    clock.set(clock.now() + jumpMs);
    await live(scheduler, 115 * minuteMs);
    expect(story().filter((line) => !line.startsWith('ok'))).toEqual(expected);
  });

  test('back and forth changes nothing', async () => {
    const { begin, live, story, clock } = worldAt('2026-11-21T09:30');
    const scheduler = begin(hourly);
    await live(scheduler, 40 * minuteMs);
    clock.set(clock.now() - hourMs);
    await live(scheduler, 10 * minuteMs);
    clock.set(clock.now() + hourMs);
    await live(scheduler, 45 * minuteMs);
    expect(story().filter((line) => line.startsWith('start'))).toEqual([
      'start incremental 10:00',
      'start incremental 11:00',
    ]);
  });

  test.each([
    ['forward', '2026-03-28T23:30', 23],
    ['back', '2026-10-24T23:30', 25],
  ])('in the night it is set %s, a day of %i hours has as many runs', async (_, start, hours) => {
    const { begin, live, story } = worldAt(start);
    await live(begin(hourly), hours * hourMs);
    expect(story().filter((line) => line.startsWith('start')).length).toBe(hours);
  });
});

describe('a deadline', () => {
  test('aborts the job, which is recorded as failed', async () => {
    const { begin, live, story } = worldAt('2026-11-21T09:59');
    const { job } = slow({ ...hourly, deadlineMs: 5 * minuteMs });
    await live(begin(job), 10 * minuteMs);
    expect(story()).toEqual(['start incremental 10:00', 'failed incremental']);
  });
  test('of a job that does not listen ends the agent, for it holds its store', async () => {
    const { begin, live, stuck } = worldAt('2026-11-21T09:59');
    const { job } = slow({ ...hourly, deadlineMs: 5 * minuteMs }, true);
    await live(begin(job), 8 * minuteMs);
    expect(new Set(stuck)).toEqual(new Set(['incremental']));
  });
});

describe('times that come while a job runs', () => {
  test.each([
    ['pass over', 1],
    ['once more', 2],
  ] as const)('%s: %i runs', async (whileRunning, runs) => {
    const { begin, live, story } = worldAt('2026-11-21T09:59');
    const { job, finish } = slow({ ...hourly, deadlineMs: 10 * hourMs, whileRunning });
    const scheduler = begin(job);
    await live(scheduler, 150 * minuteMs);
    finish();
    await live(scheduler, 10 * minuteMs);
    expect(story().filter((line) => line.startsWith('start')).length).toBe(runs);
  });
});

test('a store that somebody else holds is waited for, and nothing is lost', async () => {
  const { begin, live, story, locks } = worldAt('2026-11-21T09:59');
  locks.holders.set('postgres', 'alice (backup restore)');
  const scheduler = begin(hourly);
  await live(scheduler, 10 * minuteMs, 1000);
  expect(story()).toEqual([]);
  expect(scheduler.view().jobs[0]?.waitsFor).toBe('postgres is in use by alice (backup restore)');
  locks.holders.clear();
  await live(scheduler, minuteMs, 1000);
  expect(story()).toEqual(['start incremental 10:00', 'ok incremental']);
});

test('a routine job is recorded only when its outcome changes', async () => {
  const { begin, live, story } = worldAt('2026-11-21T09:59');
  let isBroken = false;
  const copy = jobOf({
    name: 'copy',
    cron: '* * * * *',
    isRoutine: true,
    run: async () => {
      if (isBroken) throw new Error('app does not answer');
      return { kind: 'ok', said: 'copied' };
    },
  });
  const scheduler = begin(copy);
  await live(scheduler, 5 * minuteMs);
  isBroken = true;
  await live(scheduler, 5 * minuteMs);
  isBroken = false;
  await live(scheduler, 5 * minuteMs);
  expect(story().filter((line) => !line.startsWith('start'))).toEqual(['ok copy', 'failed copy', 'ok copy']);
  expect(scheduler.view().jobs[0]?.last).toMatchObject({ outcome: 'ok', said: 'copied' });
});

test('while the ledger cannot be written no job begins, and what ended is written later', async () => {
  const { begin, live, story, ledger, locks } = worldAt('2026-11-21T09:59');
  const { job, finish, begun } = slow({ ...hourly, deadlineMs: 10 * hourMs });
  const scheduler = begin(job);
  await live(scheduler, 5 * minuteMs);
  ledger.isFull = true;
  finish();
  await live(scheduler, 2 * hourMs);
  expect(begun()).toBe(0);
  expect(locks.holders.size).toBe(0);
  ledger.isFull = false;
  await live(scheduler, 2 * minuteMs);
  expect(story()).toEqual(['start incremental 10:00', 'ok incremental', 'start incremental 12:00']);
});

describe('a person', () => {
  test('starts a job at any time, and its next time stays', async () => {
    const { begin, live, story } = worldAt('2026-11-21T09:30');
    const scheduler = begin(hourly);
    expect(scheduler.runNow('incremental', 'alice')).toBeUndefined();
    await live(scheduler, 40 * minuteMs);
    expect(story()).toEqual([
      'start incremental 09:30',
      'ok incremental',
      'start incremental 10:00',
      'ok incremental',
    ]);
  });
  test('is told why a job cannot be started', async () => {
    const { begin, live } = worldAt('2026-11-21T09:59');
    const { job } = slow(hourly);
    const scheduler = begin(job, jobOf({ name: 'full', cron: '0 3 * * *', stores: ['postgres'] }));
    await live(scheduler, 2 * minuteMs);
    expect(scheduler.runNow('incremental', 'alice')).toBe('"incremental" runs already');
    expect(scheduler.runNow('full', 'alice')).toBe('"incremental" works on postgres');
    expect(scheduler.runNow('ful', 'alice')).toBe('no job is named "ful"; there are incremental, full');
  });
});

test('an agent that is stopped aborts its jobs, records them as cut off, and starts none', async () => {
  const { begin, live, story, ledger } = worldAt('2026-11-21T09:59');
  const { job } = slow(hourly);
  const scheduler = begin(job);
  await live(scheduler, 5 * minuteMs);
  await scheduler.stop('the unit was stopped');
  scheduler.tick();
  expect(story()).toEqual(['start incremental 10:00', 'cut off incremental']);
  expect(ledger.events.at(-1)?.kind).toBe('agent stopped');
});
