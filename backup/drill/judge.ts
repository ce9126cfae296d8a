import type { DrillVerdict } from '../types.ts';
import { type CheckName, checkNames, type Finding, optionalChecks } from './findings.ts';

/**
 * Proven only when every check answered and all agreed. One difference is a failure, whatever else could not run:
 * a copy that is known to be wrong is not made uncertain by what is unknown. All else could not be verified.
 */
export function judgeDrill(findings: readonly Finding[]): DrillVerdict {
  const reasons = findings.flatMap((finding) => (finding.kind === 'differs' ? [sentenceOf(finding)] : []));
  if (reasons.length > 0) return { kind: 'failed', reasons };
  const open = checkNames.flatMap((check) => openReason(check, findings));
  const [first, ...others] = open;
  if (first === undefined) return { kind: 'proven' };
  return { kind: 'could not verify', reason: others.length === 0 ? first : `${first} (${more(others)})` };
}

/** Why a check has not agreed; empty when it has. */
function openReason(check: CheckName, findings: readonly Finding[]): readonly string[] {
  const own = findings.filter((finding) => finding.check === check);
  if (own.length === 0) return [`${check}: did not run`];
  return own.flatMap((finding) => {
    if (finding.kind === 'agreed') return [];
    if (finding.kind === 'does not apply' && optionalChecks.includes(check)) return [];
    return [sentenceOf(finding)];
  });
}

const sentenceOf = ({ check, text }: Finding): string => `${check}: ${text ?? ''}`;

const more = (others: readonly string[]): string =>
  `${others.length} other ${others.length === 1 ? 'check' : 'checks'} without an answer`;
