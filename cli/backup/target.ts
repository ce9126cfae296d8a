import type { CutEntry } from '../../backup/cutFile.ts';
import { instantFrom } from '../../backup/instant.ts';
import { type RestoreTarget, type StoreName, storeNames } from '../../backup/types.ts';
import type { Given } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';

/** What a person asked for. */
export interface RestoreOrder {
  readonly cut: string | undefined;
  readonly atMs: number | undefined;
  readonly only: StoreName | undefined;
  readonly isExact: boolean;
}

/** `zone` is that of the service windows. Error: `usage`, for what says two things at once, or nothing. */
export function orderFrom({ arguments: given, flags }: Given, zone: string): RestoreOrder {
  const asked = [flags.cut, flags.at, given.target].filter((value) => value !== undefined);
  if (asked.length !== 1)
    throw new SlaError('usage', asked.length === 0 ? 'to where is not said' : 'two targets are given', {
      remedy: 'give one of --cut LABEL, --at INSTANT and latest; "./sla backup list" shows what there is',
    });
  return {
    cut: flags.cut as string | undefined,
    atMs: flags.at === undefined ? undefined : instantFrom(String(flags.at), zone),
    only: flags.only as StoreName | undefined,
    isExact: flags.exact === true,
  };
}

/** A flag that takes the name of a store. */
export function storeFrom(text: string): StoreName {
  const store = storeNames.find((name) => name === text);
  if (store) return store;
  throw new SlaError('usage', `"${text}" is no store`, { remedy: `use one of ${storeNames.join(', ')}` });
}

/** One line by which an interrupted restore knows the same command again. */
export const orderLine = ({ cut, atMs, only, isExact }: RestoreOrder): string =>
  [
    cut !== undefined
      ? `--cut ${cut}`
      : atMs !== undefined
        ? `--at ${new Date(atMs).toISOString()}`
        : 'latest',
    ...(only ? [`--only ${only}`] : []),
    ...(isExact ? ['--exact'] : []),
  ].join(' ');

/** Error: `usage` for a cut that is not there, or is damaged. */
export function targetFrom({ cut, atMs }: RestoreOrder, cuts: readonly CutEntry[]): RestoreTarget {
  if (atMs !== undefined) return { kind: 'instant', atMs };
  if (cut === undefined) return { kind: 'latest' };
  const entry = cuts.find(({ label }) => label === cut);
  if (entry && 'cut' in entry) return { kind: 'cut', cut: entry.cut };
  const good = cuts.filter((other) => 'cut' in other).map(({ label }) => label);
  const meant = nearest(cut, good);
  const what = entry ? `the cut "${cut}" cannot be used: ${entry.problem}` : `no cut is named "${cut}"`;
  throw new SlaError('usage', `${what}${meant && meant !== cut ? `, did you mean "${meant}"?` : ''}`, {
    remedy: good.length > 0 ? `use one of ${good.slice(-5).join(', ')}` : 'take one with "./sla backup now"',
  });
}
