import type { Command, Outcome } from '../../core/command.ts';
import { errorCodes, SlaError } from '../../core/errors.ts';
import { type Certificate, describeDifference } from '../../core/fingerprint/certificate.ts';
import { compareFingerprints } from '../../core/fingerprint/compare.ts';
import type { Kept } from '../../core/fingerprint/keep.ts';
import { type NamedRows, narrowRows } from '../../core/fingerprint/narrow.ts';
import type { Context } from '../context.ts';
import { live, withNamed } from '../fingerprints.ts';
import { certifyWithVotes } from '../votes/certify.ts';

export const certify: Command<Context> = {
  name: 'certify',
  summary: 'say whether two states of the stores are identical, or name every difference',
  example: 'certify before-lunch now',
  changesState: false,
  arguments: [
    { name: 'before', description: 'name of a kept fingerprint' },
    {
      name: 'after',
      description: `name of another one; "${live}", the running stores, without it`,
      isOptional: true,
    },
  ],
  flags: [
    {
      usage: '--with-votes',
      description: 'compare with what should be: BEFORE and the votes accepted since, from the journal',
    },
  ],
  run: (context, { arguments: { before: name, after: other = live }, flags }) =>
    withNamed(context, String(name), async (before) => {
      if (flags.withVotes !== true)
        return withNamed(context, String(other), async (after) => outcome(await compare(before, after)));
      if (other !== live) throw notLive(String(other));
      return outcome(await certifyWithVotes(context, before));
    }),
};

const notLive = (name: string): SlaError =>
  new SlaError('usage', `--with-votes is about the running stores, and not about "${name}"`, {
    remedy: `leave out "${name}", or --with-votes`,
  });

/** A certificate, with the rows behind its differences by their keys. */
export interface NamedCertificate {
  readonly certificate: Certificate;
  readonly rows: readonly NamedRows[];
}

export async function compare(before: Kept, after: Kept): Promise<NamedCertificate> {
  const certificate = compareFingerprints(before.fingerprint, after.fingerprint);
  if (certificate.verdict === 'IDENTICAL') return { certificate, rows: [] };
  const rows: NamedRows[] = [];
  for (const difference of certificate.differences) {
    if (difference.kind === 'rows') rows.push(await narrowRows(difference, before.rows, after.rows));
  }
  return { certificate, rows };
}

/** Lines for a person. */
export function renderCertificate({ certificate, rows }: NamedCertificate): string {
  const notes = certificate.notes.map((note) => `  note: ${note}`);
  if (certificate.verdict === 'IDENTICAL') return [`IDENTICAL ${certificate.digest}`, ...notes].join('\n');
  const lines = certificate.differences.map((difference) => `  ${describeDifference(difference)}`);
  return [
    `DIFFERENT in ${lines.length} place${lines.length > 1 ? 's' : ''}`,
    ...lines,
    ...rows.flatMap(rowLines),
    ...notes,
  ].join('\n');
}

function rowLines(named: NamedRows): readonly string[] {
  if (named.kind === 'not saved') return [`  ${named.table}: its rows were not saved ${named.side}`];
  const lists = [
    ['only before', named.onlyBefore],
    ['only after', named.onlyAfter],
    ['changed', named.changed],
  ] as const;
  const shown = lists.flatMap(([what, keys]) =>
    keys.length > 0
      ? [
          `  ${named.table} ${what}: ${keys.slice(0, 20).join(', ')}${keys.length > 20 ? ` and ${keys.length - 20} more` : ''}`,
        ]
      : [],
  );
  return named.isComplete ? shown : [...shown, `  ${named.table}: there are more`];
}

const outcome = (named: NamedCertificate): Outcome => ({
  result: { ...named.certificate, rows: named.rows },
  text: renderCertificate(named),
  exitStatus: named.certificate.verdict === 'IDENTICAL' ? 0 : errorCodes['state-differs'].exit,
});
