import { expect, test } from 'vitest';
import { eventOf } from '../core/events.ts';
import { durationText, type FoundSchedule, renderSchedule } from './scheduleScreen.ts';

const at = (text: string): number => Temporal.ZonedDateTime.from(`${text}[Europe/Paris]`).epochMilliseconds;

const found: FoundSchedule = {
  nowMs: at('2026-11-23T11:00'),
  zone: 'Europe/Paris',
  isWindowOpen: true,
  jobs: [
    {
      name: 'full backup',
      cron: '0 3 * * 0',
      nextMs: at('2026-11-29T03:00'),
      last: {
        startedAtMs: at('2026-11-22T03:00'),
        endedAtMs: at('2026-11-22T03:01'),
        tookMs: 60_000,
        outcome: 'failed',
        said: 'the repository\nis full, and '.repeat(4),
      },
      waitsFor: 'a service window is open until 18:00',
    },
    {
      name: 'drill',
      cron: '0 4 * * *',
      nextMs: at('2026-11-24T04:00'),
      running: { startedAtMs: at('2026-11-23T10:59:30'), said: 'comparing' },
    },
    { name: 'copy ledger', cron: '* * * * *', nextMs: at('2026-11-23T11:01') },
  ],
  recent: [
    {
      sequence: 7,
      ...eventOf(
        'command run',
        { who: 'alice@desk', words: ['vote', 'A'], exitStatus: 0, tookMs: 9 },
        at('2026-11-23T10:58'),
      ),
    },
  ],
  spooled: 2,
};

test('what ran and what comes next, in the zone of the schedule', () => {
  const lines = renderSchedule(found).split('\n');
  expect(lines[0]).toBe('Times are of Europe/Paris; a service window is open.');
  expect(lines[3]).toMatch(
    /^full backup +Sun 22 Nov 03:00:00 +1 min 0 s +failed: the repository is full, and .*… +now, but a service window is open until 18:00$/,
  );
  expect(lines[4]).toMatch(
    /^drill +since Mon 23 Nov 10:59:30 +30 s +comparing +Tue 24 Nov 04:00:00, in 17 h 0 min$/,
  );
  expect(lines[5]).toMatch(/^copy ledger +- +- +never ran +Mon 23 Nov 11:01:00, in 1 min 0 s$/);
  expect(lines).toContain('  Mon 23 Nov 10:58:00  alice@desk ran "sla vote A", status 0');
  expect(lines.at(-1)).toMatch(/^2 events of this machine wait for the agent/);
});

test('without events and spool nothing is said of them', () => {
  const text = renderSchedule({ ...found, recent: [], spooled: 0 });
  expect(text).not.toMatch(/Lately|wait for the agent/);
});

test.each([
  [-5, '0.0 s'],
  [420, '0.4 s'],
  [59_400, '59 s'],
  [200_000, '3 min 20 s'],
  [18_600_000, '5 h 10 min'],
  [356_400_000, '4 d 3 h'],
])('%i ms are %s', (ms, text) => expect(durationText(ms)).toBe(text));
