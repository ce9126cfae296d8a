import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { places } from '../../core/backupLayout.ts';
import { SlaError } from '../../core/errors.ts';
import { type Kept, keepFingerprint, openKept } from '../../core/fingerprint/keep.ts';
import type { Host } from '../../core/host.ts';
import { type CutEntry, cutMac, parseCut, renderCut } from '../cutFile.ts';
import { type Passphrase, sealed, unsealed } from '../seal.ts';
import type { Cut, FileSum } from '../types.ts';
import type { SavedSnapshot } from './replicaSnapshot.ts';

const snapshotFile = 'redis.rdb';
const fingerprintFolder = 'fingerprint';

/** Another place or another key than the usual ones, for a copy that is only looked at. */
export interface CutPlace {
  readonly cuts?: string;
  readonly passphrase?: Passphrase;
}

/** The text that cuts are encrypted with. Error: `backup-key`. */
export async function passphraseOf(docker: Host): Promise<Passphrase> {
  const { exitCode, stdout } = await docker.query(['cat', places.keyFile]);
  if (exitCode === 0 && stdout.trim() !== '') return stdout.trim();
  throw new SlaError('backup-key', `the key ${places.keyFile} on docker is missing: nothing is overwritten`, {
    remedy: 'put it back as docs/runbooks/backup-key.md says; without it no cut can be made or read',
  });
}

/** Every folder of cuts, oldest first; damaged ones too, at the end. */
export async function readCuts(docker: Host, place: CutPlace = {}): Promise<readonly CutEntry[]> {
  const { stdout } = await docker.exec(['sh', '-c', listScript, 'sh', place.cuts ?? places.cuts]);
  const lines = stdout.split('\n').filter(Boolean);
  if (lines.length === 0) return [];
  const passphrase = place.passphrase ?? (await passphraseOf(docker));
  const entries = lines.map((text): CutEntry => {
    const [label = '', mac = '', line = ''] = text.split('\t');
    if (mac === '' || line === '') return { label, problem: 'its cut.json is missing' };
    return parseCut(label, line, mac, passphrase);
  });
  return entries.toSorted((one, other) => instantOf(one) - instantOf(other));
}

const instantOf = (entry: CutEntry): number => ('cut' in entry ? entry.cut.atMs : Number.POSITIVE_INFINITY);

const listScript = `cd "$1" 2>/dev/null || exit 0
for label in *; do [ -d "$label" ] || continue
  printf '%s\\t%s\\t%s\\n' "$label" "$(cat "$label/cut.mac" 2>/dev/null)" "$(cat "$label/cut.json" 2>/dev/null)"
done`;

/** Writes the folder of a cut; it has its name when every byte is on the disk. The snapshot of Redis goes. */
export async function keepCut(
  docker: Host,
  kept: Kept,
  rdb: SavedSnapshot,
  cut: Omit<Cut, 'files'>,
): Promise<Cut> {
  await using _snapshot = rdb;
  const passphrase = await passphraseOf(docker);
  const { label } = cut;
  const draft = `${places.cuts}/.new-${label}`;
  await docker.exec(['sh', '-eu', '-c', 'rm -rf "$1"; mkdir -p -m 700 "$1"', 'sh', draft]);
  const folder = mkdtempSync(join(tmpdir(), 'sla-cut-'));
  try {
    await keepFingerprint(join(folder, fingerprintFolder), kept);
    const files: Record<string, FileSum> = {};
    for (const path of filesBelow(folder)) {
      const name = relative(folder, path);
      files[name] = await sendSealed(docker, createReadStream(path), { draft, label, name, passphrase });
    }
    const snapshot = new PassThrough();
    const [sum] = await Promise.all([
      sendSealed(docker, snapshot, { draft, label, name: snapshotFile, passphrase }),
      docker.pipe(['cat', rdb.path], { output: snapshot }),
    ]);
    files[snapshotFile] = sum;
    await finish(docker, draft, { ...cut, files }, passphrase);
    return { ...cut, files };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());

interface Destination {
  readonly draft: string;
  readonly label: string;
  readonly name: string;
  readonly passphrase: Passphrase;
}

async function sendSealed(docker: Host, plain: Readable, { draft, label, name, passphrase }: Destination) {
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = async function* () {
    for await (const chunk of sealed(plain, `${label}/${name}`, passphrase)) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const argv = ['sh', '-eu', '-c', writeScript, 'sh', `${draft}/${name}`];
  await docker.pipe(argv, { input: Readable.from(measured()) });
  return { bytes, sha256: hash.digest('hex') };
}

const writeScript = 'umask 077; mkdir -p "$(dirname "$1")"; cat > "$1"; sync "$1"';

/** Read back and compared, before anybody relies on it. */
async function finish(docker: Host, draft: string, cut: Cut, passphrase: Passphrase): Promise<void> {
  const line = renderCut(cut);
  const sums = Object.entries(cut.files).map(([name, { sha256 }]) => `${sha256}  ${name}\n`);
  await docker.exec(['sh', '-eu', '-c', 'cd "$1"; sha256sum --check --quiet -', 'sh', draft], sums.join(''));
  const folder = `${places.cuts}/${cut.label}`;
  const mac = cutMac(line, cut.label, passphrase);
  await docker.exec(['sh', '-eu', '-c', finishScript, 'sh', draft, folder, mac], line);
}

const finishScript = `umask 077; cat > "$1/cut.json"; printf %s "$3" > "$1/cut.mac"
find "$1" -exec sync {} +
[ ! -e "$2" ] || { echo "$2 exists: a cut is never overwritten" >&2; exit 1; }
mv -T "$1" "$2"; sync "$(dirname "$2")"`;

/** What of a cut is checked before it is used; a sentence for each file that is not what it was. */
export async function problemsOfCut(
  docker: Host,
  { label, files }: Cut,
  { cuts = places.cuts }: CutPlace = {},
): Promise<readonly string[]> {
  const sums = Object.entries(files).map(([name, { sha256 }]) => `${sha256}  ${name}\n`);
  const argv = ['sh', '-c', 'cd "$1" && sha256sum --check -', 'sh', `${cuts}/${label}`];
  const { exitCode, stdout, stderr } = await docker.query(argv, sums.join(''));
  if (exitCode === 0) return [];
  const bad = stdout.split('\n').filter((line) => line !== '' && !line.endsWith(': OK'));
  return bad.length > 0 ? bad.map((line) => `${label}/${line}`) : [`${label}: ${stderr.trim()}`];
}

/** Hands over the fingerprint of a cut. Errors: `backup-key`, `restore-failed`. */
export async function withCutFingerprint<T>(
  docker: Host,
  cut: Cut,
  use: (kept: Kept) => Promise<T>,
  place: CutPlace = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-cut-'));
  try {
    for (const name of Object.keys(cut.files).filter((file) => file.startsWith(`${fingerprintFolder}/`)))
      await fetchUnsealed(docker, cut.label, name, join(folder, name), place);
    const kept = await openKept(join(folder, fingerprintFolder));
    if (!kept) throw new Error(`the cut ${cut.label} has no fingerprint`);
    return await use(kept);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Hands over the Redis snapshot of a cut as a file of this machine that only its owner can read. */
export async function withCutSnapshot<T>(
  docker: Host,
  cut: Cut,
  use: (path: string) => Promise<T>,
  place: CutPlace = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sla-cut-'));
  try {
    const path = join(folder, snapshotFile);
    await fetchUnsealed(docker, cut.label, snapshotFile, path, place);
    return await use(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fetchUnsealed(
  docker: Host,
  label: string,
  name: string,
  path: string,
  { cuts = places.cuts, passphrase }: CutPlace,
) {
  const key = passphrase ?? (await passphraseOf(docker));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const bytes = new PassThrough();
  await Promise.all([
    docker.pipe(['cat', `${cuts}/${label}/${name}`], { output: bytes }),
    pipeline(unsealed(bytes, `${label}/${name}`, key), createWriteStream(path, { mode: 0o600 })),
  ]);
}

/** First under a name that is no cut's: what is left of an interrupted removal is not taken for a cut. */
export const removeCut = (docker: Host, label: string): Promise<unknown> =>
  docker.exec(['sh', '-eu', '-c', removeScript, 'sh', places.cuts, label]);

const removeScript = `rm -rf "$1/.gone-$2"; [ ! -e "$1/$2" ] || mv -T "$1/$2" "$1/.gone-$2"
sync "$1"; rm -rf "$1/.gone-$2"`;
