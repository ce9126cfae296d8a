import { describe, expect, test } from 'vitest';
import { type Journal, newJournal } from './journal.ts';
import { planRebuild, type RebuildFacts } from './plan.ts';

/** A healthy lab whose db is to be rebuilt. */
const factsOf = (changes: Partial<RebuildFacts> = {}): RebuildFacts => ({
  host: 'db',
  destroys: 'destroy it',
  isNew: false,
  hasMonitoring: true,
  answering: ['app', 'db', 'docker'],
  stores: ['postgres', 'redis'],
  savable: ['postgres', 'redis'],
  copies: {},
  journal: undefined,
  ...changes,
});

const old = { name: 'old', takenAt: '2026-01-01T00:00:00.000Z' };
const older = { name: 'older', takenAt: '2025-01-01T00:00:00.000Z' };
const fromOld = { kind: 'copy', ...old } as const;

const journalOf = (changes: Partial<Journal>): Journal => ({ ...newJournal('db', new Date(0)), ...changes });
/** From the certificate on, for a host that serves. */
const afterwards = ['release', 'vote', 'converge', 'final vote'] as const;
const kindsOf = (facts: RebuildFacts) => planRebuild(facts).stages.map(({ kind }) => kind);

describe('a rebuild', () => {
  test.each([
    ['db', ['hold', 'save', 'replace', 'boot', 'settings', 'restore', 'certify', ...afterwards]],
    ['app', ['hold', 'save', 'replace', 'boot', 'certify', ...afterwards]],
    ['docker', ['save', 'replace', 'boot', 'converge', 'monitoring', 'certify', 'final vote']],
  ] as const)('of %s in a healthy lab loses nothing and warns of nothing', (host, stages) => {
    const facts = factsOf({ host });
    expect(kindsOf(facts)).toEqual(stages);
    expect(planRebuild(facts)).toMatchObject({ warnings: [], lost: [], isResumed: false });
  });
});

describe('hosts of a client', () => {
  test('have nothing of ours on docker to be made', () => {
    const kinds = kindsOf(factsOf({ host: 'docker', hasMonitoring: false }));
    expect(kinds).toEqual(['save', 'replace', 'boot', 'converge', 'certify', 'final vote']);
  });

  test('that were delivered before anybody began are not saved, but get the newest copy', () => {
    const plan = planRebuild(factsOf({ isNew: true, savable: [], copies: { postgres: old, redis: old } }));
    expect(plan).toMatchObject({ isNew: true, sources: { postgres: fromOld, redis: fromOld } });
    expect(plan.stages.map(({ kind }) => kind)).not.toContain('save');
    expect(plan.warnings.join()).toContain(
      'the postgres of before is gone: postgres comes back as of 2026-01-01',
    );
  });
});

describe('a db whose stores do not answer', () => {
  test('comes back as of the newest copy, and what is lost is said', () => {
    const plan = planRebuild(factsOf({ savable: [], copies: { postgres: old, redis: old } }));
    expect(plan.sources).toEqual({ postgres: fromOld, redis: fromOld });
    expect(plan.warnings).toHaveLength(2);
    expect(plan.warnings[0]).toContain('2026-01-01');
    expect(plan.stages.map(({ kind }) => kind)).toContain('certify');
    expect(plan.lost).toEqual([]);
  });

  test('without a copy has nothing to restore or to certify', () => {
    const facts = factsOf({ savable: [], answering: ['app', 'docker'] });
    expect(planRebuild(facts).lost).toEqual(['postgres', 'redis']);
    expect(kindsOf(facts)).toEqual(['hold', 'replace', 'boot', 'settings', ...afterwards]);
  });

  test('in part is saved in part, and cannot be certified: the parts are of different times', () => {
    const facts = factsOf({ savable: ['redis'], copies: { postgres: old, redis: old } });
    expect(planRebuild(facts).sources).toEqual({ postgres: fromOld, redis: { kind: 'saved' } });
    expect(kindsOf(facts)).not.toContain('certify');
    expect(kindsOf(facts)).toContain('save');
  });

  test('in part, with copies of different times, is not certified either', () => {
    expect(kindsOf(factsOf({ savable: [], copies: { postgres: old, redis: older } }))).not.toContain(
      'certify',
    );
  });
});

describe('hosts around it that do not answer', () => {
  test('app: votes cannot be held or proven, and the next step is named', () => {
    const facts = factsOf({ answering: ['db', 'docker'] });
    expect(kindsOf(facts)).toEqual(['save', 'replace', 'boot', 'settings', 'restore', 'certify', 'converge']);
    expect(planRebuild(facts).warnings.join()).toContain('rebuild app next');
  });

  test('db, for app: nothing is certified', () => {
    const facts = factsOf({ host: 'app', answering: ['app', 'docker'], savable: [] });
    expect(kindsOf(facts)).toEqual(['replace', 'boot', 'converge']);
    expect(planRebuild(facts).warnings).toHaveLength(2);
  });

  test('docker: of no matter to the others', () => {
    expect(planRebuild(factsOf({ answering: ['app', 'db'] })).warnings).toEqual([]);
  });
});

describe('an interrupted rebuild', () => {
  const saved = { postgres: fromOld, redis: fromOld };

  test('goes on behind what is done, and holds and boots again', () => {
    const journal = journalOf({ done: ['hold', 'save', 'replace'], isDestroying: true, sources: saved });
    const facts = factsOf({ journal, savable: [] });
    expect(kindsOf(facts)).toEqual(['hold', 'boot', 'settings', 'restore', 'certify', ...afterwards]);
    expect(planRebuild(facts)).toMatchObject({ isResumed: true, sources: saved, warnings: [] });
  });

  test('while it destroyed the host destroys it again, and saves nothing of what is new there', () => {
    const journal = journalOf({ done: ['hold', 'save'], isDestroying: true, sources: saved });
    expect(kindsOf(factsOf({ journal, savable: [] })).slice(0, 3)).toEqual(['hold', 'replace', 'boot']);
  });

  test('never restores over votes that were accepted since', () => {
    const done = ['save', 'replace', 'boot', 'settings', 'restore', 'certify', 'release'] as const;
    const journal = journalOf({ done: [...done], isDestroying: true, sources: saved });
    expect(kindsOf(factsOf({ journal, savable: [] }))).toEqual(['boot', 'vote', 'converge', 'final vote']);
  });

  test('whose new host is lost in its turn replaces it again', () => {
    const journal = journalOf({ done: ['save', 'replace', 'restore'], isDestroying: true, sources: saved });
    const facts = factsOf({ journal, savable: [], answering: ['app', 'docker'] });
    expect(kindsOf(facts)).toEqual([
      ...['hold', 'replace', 'boot', 'settings', 'restore', 'certify', ...afterwards],
    ]);
  });

  test('before anything was saved starts over', () => {
    const facts = factsOf({ journal: journalOf({ done: ['hold'] }) });
    expect(kindsOf(facts)).toEqual(kindsOf(factsOf()));
    expect(planRebuild(facts).sources).toEqual({ postgres: { kind: 'saved' }, redis: { kind: 'saved' } });
  });

  test('says again what an older copy does not hold', () => {
    const sources = { postgres: fromOld, redis: { kind: 'copy', ...older } } as const;
    const journal = { ...journalOf({ isDestroying: true, sources }), startedAt: old.takenAt };
    expect(planRebuild(factsOf({ journal, savable: [] })).warnings).toEqual([
      expect.stringContaining('redis comes back as of 2025-01-01'),
    ]);
  });

  test('restores another copy when that is asked for, over whatever it had restored', () => {
    const done = ['hold', 'save', 'replace', 'restore', 'certify'] as const;
    const journal = journalOf({ done: [...done], isDestroying: true, sources: saved });
    const facts = factsOf({ journal, savable: [], chosen: { ...older, stores: ['postgres', 'redis'] } });
    expect(planRebuild(facts).sources.postgres).toEqual({ kind: 'copy', ...older });
    expect(kindsOf(facts)).toContain('restore');
    expect(planRebuild(facts).warnings.join()).toContain('as you asked');
  });
});

test('a copy that is asked for goes before what could be saved, which is saved all the same', () => {
  const facts = factsOf({ chosen: { ...old, stores: ['postgres', 'redis'] } });
  expect(planRebuild(facts).sources).toEqual({ postgres: fromOld, redis: fromOld });
  expect(kindsOf(facts)).toContain('save');
});
