import { places, stanza } from '../../core/backupLayout.ts';
import type { Host } from '../../core/host.ts';
import { pgbackrest } from '../adapters/pgbackrest.ts';
import type { PostgresPlan } from '../planRestore.ts';
import type { Cut } from '../types.ts';
import { chooseDamage, type Damage } from './damage.ts';
import { neededParts } from './neededParts.ts';
import { originalRepository, type RepositorySource } from './postgresScratch.ts';
import { pathsOf, type Scratch } from './scratch.ts';

/** What a drill restores from: the originals, or a copy of them that was damaged on purpose. */
export interface Source {
  readonly repository: RepositorySource;
  /** The folder in which the folder of the cut lies. */
  readonly cuts: string;
  /** In the place of the key on docker. */
  readonly passphrase?: string;
  /** How much of the opened snapshot is kept. */
  readonly snapshotShare?: number;
}

export const originals: Source = { repository: originalRepository, cuts: places.cuts };

export interface ControlOrder {
  readonly plan: PostgresPlan;
  readonly cut: Cut;
  readonly seed: number;
}

/**
 * Copies the repository and the cut into the scratch folder and damages the copy. The repository is copied as hard
 * links: a file is made anew, and takes the place of its link, before anything in it is changed.
 */
export async function damagedCopy(
  docker: Host,
  scratch: Scratch,
  { plan, cut, seed }: ControlOrder,
): Promise<{ readonly source: Source; readonly damage: Damage }> {
  const { folder, repository, cuts } = pathsOf(scratch);
  const words = [places.repository, `${places.cuts}/${cut.label}`, folder];
  const listed = await docker.exec(['sh', '-eu', '-c', copyScript, 'sh', ...words]);
  const manifest = await docker.exec(
    pgbackrest('repo-get', `backup/${stanza}/${plan.backup}/backup.manifest`),
  );
  const parts = neededParts({ plan, cut, manifest: manifest.stdout, sizes: sizesIn(listed.stdout) });
  const damage = chooseDamage(seed, parts);
  const copied: Source = { repository: { ...originalRepository, folder: repository }, cuts };
  return { source: await applyDamage(docker, scratch, copied, damage), damage };
}

const copyScript = `
cp -al "$1" "$3/repository" 2> /dev/null || { rm -rf "$3/repository"; cp -a "$1" "$3/repository"; }
mkdir -m 0700 "$3/cuts"; cp -a "$2" "$3/cuts/"
cd "$3"; find repository cuts -type f -printf '%s %p\\n'`;

/** In the order of their names: the same seed finds the same part again. */
const sizesIn = (lines: string): ReadonlyMap<string, number> =>
  new Map(
    lines
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const at = line.indexOf(' ');
        return [line.slice(at + 1), Number(line.slice(0, at))] as const;
      })
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  );

async function applyDamage(docker: Host, scratch: Scratch, source: Source, damage: Damage): Promise<Source> {
  const { folder, postgres } = pathsOf(scratch);
  const run = (verb: string, ...words: readonly string[]) =>
    docker.exec(['sh', '-eu', '-c', damageScript, 'sh', folder, verb, ...words]);
  switch (damage.kind) {
    case 'bit flip':
      for (const file of damage.files) await run('flip', file, `${damage.offset}`, `${2 ** damage.bit}`);
      return source;
    case 'missing segment':
    case 'missing file':
      await run('remove', ...damage.files);
      return source;
    case 'swapped files':
      await run('swap', ...damage.files);
      return source;
    case 'torn fingerprint':
      await run('tear', damage.file, `${damage.share}`);
      return source;
    case 'truncated snapshot':
      return { ...source, snapshotShare: damage.share };
    case 'wrong key': {
      if (damage.of === 'cut') return { ...source, passphrase: damage.key };
      const keyFile = `${postgres}/other.key`;
      await docker.exec(['sh', '-eu', '-c', 'umask 077; cat > "$1"', 'sh', keyFile], damage.key);
      return { ...source, repository: { ...source.repository, keyFile } };
    }
  }
}

// Every verb insists that something has changed: a control that damages nothing would say nothing.
const damageScript = `
cd "$1"; verb=$2; shift 2
fresh() { cp -p "$1" "$1.sla-new"; mv "$1.sla-new" "$1"; }
case $verb in
flip)
  before=$(sha256sum < "$1"); fresh "$1"
  byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
  printf "\\\\$(printf %03o $((byte ^ $3)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
  [ "$before" != "$(sha256sum < "$1")" ]
  ;;
remove) rm "$@" ;;
swap)
  ! cmp -s "$1" "$2"
  mv "$1" "$1.sla-new"; mv "$2" "$1"; mv "$1.sla-new" "$2"
  ;;
tear)
  fresh "$1"; size=$(stat -c %s "$1")
  truncate -s "$(awk "BEGIN { print int($size * $2) }")" "$1"
  [ "$(stat -c %s "$1")" -lt "$size" ]
  ;;
esac`;
