import { describe, expect, test } from 'vitest';
import { checkNames, type Finding } from './findings.ts';
import { judgeDrill } from './judge.ts';

const agreed: readonly Finding[] = checkNames.map((check) => ({ check, kind: 'agreed' }));

const withFinding = (finding: Finding): readonly Finding[] =>
  agreed.map((other) => (other.check === finding.check ? finding : other));

const differs = (check: Finding['check'], text: string): Finding => ({ check, kind: 'differs', text });
const silent = (check: Finding['check'], text: string): Finding => ({ check, kind: 'could not run', text });

const cases: readonly {
  readonly name: string;
  readonly findings: readonly Finding[];
  readonly verdict: ReturnType<typeof judgeDrill>;
}[] = [
  { name: 'every check agreed', findings: agreed, verdict: { kind: 'proven' } },
  {
    name: 'a cluster without page checksums has none to compare',
    findings: withFinding({ check: 'page checksums', kind: 'does not apply', text: 'it has none' }),
    verdict: { kind: 'proven' },
  },
  {
    name: 'what no cluster can be without must not be left out',
    findings: withFinding({ check: 'pg_amcheck', kind: 'does not apply', text: 'no' }),
    verdict: { kind: 'could not verify', reason: 'pg_amcheck: no' },
  },
  {
    name: 'no check ran',
    findings: [],
    verdict: {
      kind: 'could not verify',
      reason: `files of the cut: did not run (${checkNames.length - 1} other checks without an answer)`,
    },
  },
  {
    name: 'one difference',
    findings: withFinding(differs('fingerprint of redis', 'redis key votes: order')),
    verdict: { kind: 'failed', reasons: ['fingerprint of redis: redis key votes: order'] },
  },
  {
    name: 'a difference and a check that could not run',
    findings: [differs('restore', 'checksum error'), silent('pg_amcheck', 'no memory')],
    verdict: { kind: 'failed', reasons: ['restore: checksum error'] },
  },
  {
    name: 'a check that agreed once and differed once',
    findings: [...agreed, differs('recovery', 'the target was not reached')],
    verdict: { kind: 'failed', reasons: ['recovery: the target was not reached'] },
  },
  {
    name: 'a check that agreed once and could not run once',
    findings: [...agreed, silent('recovery', 'the disk is full')],
    verdict: { kind: 'could not verify', reason: 'recovery: the disk is full' },
  },
  {
    name: 'every difference is told',
    findings: [differs('restore', 'one'), differs('recovery', 'two')],
    verdict: { kind: 'failed', reasons: ['restore: one', 'recovery: two'] },
  },
];

describe('the verdict of a drill', () => {
  test.each(cases)('$name: $verdict.kind', ({ findings, verdict }) => {
    expect(judgeDrill(findings)).toEqual(verdict);
  });

  test.each(checkNames)('without "%s" nothing is proven', (missing) => {
    const findings = agreed.filter(({ check }) => check !== missing);
    expect(judgeDrill(findings)).toEqual({ kind: 'could not verify', reason: `${missing}: did not run` });
  });

  test.each(checkNames)('a "%s" that could not run proves nothing', (check) => {
    expect(judgeDrill(withFinding(silent(check, 'away')))).toEqual({
      kind: 'could not verify',
      reason: `${check}: away`,
    });
  });
});
