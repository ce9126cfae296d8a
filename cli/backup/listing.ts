import { readCuts } from '../../backup/adapters/cutStore.ts';
import { pgbackrestRepository } from '../../backup/adapters/pgbackrest.ts';
import type { CutEntry } from '../../backup/cutFile.ts';
import { readDrills } from '../../backup/drill/records.ts';
import { standingOf } from '../../backup/drill/standing.ts';
import { reachableSpans, type Span } from '../../backup/planRestore.ts';
import { sightingsIn } from '../../backup/timelines.ts';
import type { Drill, RepositoryContent } from '../../backup/types.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';

/** Everything that can be restored. */
export interface Kept {
  readonly content: RepositoryContent;
  readonly cuts: readonly CutEntry[];
  readonly reachable: readonly Span[];
  /** Oldest first. */
  readonly drills: readonly Drill[];
}

/** Asks docker alone: db may be gone. Errors: `backup-key`, `backup-failed`, `host-unreachable`. */
export async function readKept(context: Context): Promise<Kept> {
  await insistOnLab(context);
  return withHost(context, 'docker', async (docker) => {
    const [content, cuts, drills] = await Promise.all([
      pgbackrestRepository(docker).content(),
      readCuts(docker),
      readDrills(docker),
    ]);
    const good = cuts.flatMap((entry) => ('cut' in entry ? [entry.cut] : []));
    return {
      content,
      cuts,
      drills,
      reachable: reachableSpans({ content, sightings: sightingsIn(good, content) }),
    };
  });
}

/** Lines for a person. */
export function renderKept({ content, cuts, reachable, drills }: Kept, nowMs: number = Date.now()): string {
  return [
    'backups of PostgreSQL:',
    ...table(
      content.backups.map(({ label, kind, endedAtMs, clusterBytes, addedBytes, hasDamage }) => [
        label,
        hasDamage ? `${kind}, damaged pages` : kind,
        seconds(endedAtMs),
        `${mebibytes(clusterBytes)} of data, ${mebibytes(addedBytes)} kept`,
      ]),
    ),
    'cuts of both stores:',
    ...table(
      cuts.map((entry) =>
        'cut' in entry
          ? [
              entry.label,
              seconds(entry.cut.atMs),
              `held ${entry.cut.pausedMs} ms`,
              entry.cut.digest.slice(0, 12),
              standingWords(standingOf(entry.label, drills), nowMs),
            ]
          : [entry.label, entry.problem],
      ),
    ),
    ...controlLines(drills, nowMs),
    'instants that PostgreSQL can be restored to:',
    ...table(reachable.map(({ fromMs, toMs }) => [`${seconds(fromMs)} to ${seconds(toMs)}`])),
  ].join('\n');
}

type Judged = Pick<Drill, 'startedAtMs' | 'verdict'>;

const standingWords = (drill: Judged | undefined, nowMs: number): string =>
  drill === undefined ? 'never drilled' : `${drill.verdict.kind} ${age(nowMs - drill.startedAtMs)} ago`;

/** The last negative control: that it failed is what makes the rest count. */
function controlLines(drills: readonly Drill[], nowMs: number): readonly string[] {
  const control = drills.findLast(({ isControl }) => isControl);
  if (!control) return ['negative control: none yet'];
  const word = {
    failed: 'failed, as it must',
    proven: 'PROVEN, AND MUST NOT BE',
    'could not verify': 'could not verify',
  };
  return [`negative control: ${word[control.verdict.kind]}, ${age(nowMs - control.startedAtMs)} ago`];
}

function age(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return ['  none'];
  const widths = rows.reduce<number[]>((found, row) => {
    for (const [at, cell] of row.entries()) found[at] = Math.max(found[at] ?? 0, cell.length);
    return found;
  }, []);
  return rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
