import { expect, test } from 'vitest';
import { renderDrift } from './driftScreen.ts';

const sum = 'f00ba5'.padEnd(64, '0');

test('each host has its table, sums are shortened, and what is drift is marked', () => {
  const rows = [
    { section: 'packages', item: 'haproxy', declared: 'installed', found: '3.0', isDrift: false },
    { section: 'files', item: '/etc/motd', delivered: `0644 root:root ${sum}`, isDrift: true },
  ] as const;
  expect(
    renderDrift([
      { host: 'app', takenAt: '2026-11-20T10:00:00.000Z', rows },
      { host: 'db', takenAt: '2026-11-20T10:00:00.000Z', rows: [] },
    ]),
  ).toBe(`app: 1 neither delivered nor declared, 1 changed as declared, delivered on 2026-11-20T10:00:00.000Z
   what              delivered                    declared   found
   packages haproxy  -                            installed  3.0
!  files /etc/motd   0644 root:root f00ba5000000  -          -

db: no drift, delivered on 2026-11-20T10:00:00.000Z`);
});
