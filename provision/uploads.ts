import { createReadStream } from 'node:fs';
import { SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { type PhasePlan, uploadsOf } from './plan.ts';
import type { UploadChange } from './types.ts';
import { stagedPath } from './upload.ts';

/** Files on their way to a host, each brought once. `arrived` throws what `stage` does. */
export function uploadsTo(host: Host) {
  const under = new Map<string, Promise<void>>();
  const bring = (upload: UploadChange): Promise<void> => {
    const known = under.get(upload.path);
    if (known) return known;
    const coming = stage(host, upload);
    // Its failure counts when its turn comes; an earlier phase may fail first.
    coming.catch(() => undefined);
    under.set(upload.path, coming);
    return coming;
  };
  return {
    begin: (plan: PhasePlan): void => void uploadsOf([plan]).map(bring),
    arrived: async (plan: PhasePlan): Promise<void> => void (await Promise.all(uploadsOf([plan]).map(bring))),
  };
}

/**
 * Brings a file beside its place, where nothing reads it yet. What is interrupted leaves a file there that the next
 * upload removes. Errors: `disk-too-small`, `remote-command-failed`, `host-unreachable`.
 */
export async function stage(host: Host, upload: UploadChange): Promise<void> {
  const { path, file } = upload;
  const argv = ['sh', '-c', stageScript, 'sh', path, stagedPath(upload), String(file.bytes), file.sha256];
  const stream = createReadStream(file.from);
  const { exitCode, stdout, stderr } = await host.query(argv, stream).finally(() => stream.destroy());
  if (exitCode === 0) return;
  const said = `${stdout}${stderr}`.trim();
  if (exitCode === noRoom)
    throw new SlaError('disk-too-small', `${path} of ${file.bytes} bytes does not fit on ${host.name}`, {
      cause: said,
      remedy: `free space there with "./sla ssh ${host.name}", then run "./sla converge ${host.name}"`,
    });
  throw new SlaError('remote-command-failed', `${path} could not be brought to ${host.name}`, {
    cause: said || `status ${exitCode}`,
    remedy: `run "./sla converge ${host.name}" again`,
  });
}

const noRoom = 28;

// Input that is not read to its end would break the session that carries it.
const stageScript = `
path=$1 new=$2 bytes=$3 sum=$4 folder=\${1%/*} name=\${1##*/}
fail() { rm -f "$new"; cat > /dev/null; echo "$2"; exit "$1"; }
mkdir -p "$folder" && rm -f "$folder/.$name".*.sla-upload || fail 1 "$folder cannot be written"
free=$(df --output=avail --block-size=1 "$folder" | tail -n 1)
[ "$free" -ge "$bytes" ] || fail ${noRoom} "$free bytes are free in $folder"
said=$(umask 077; cat 2>&1 > "$new") || fail ${noRoom} "$said"
[ "$(sha256sum < "$new")" = "$sum  -" ] || fail 1 "$path was cut short or changed on its way"
`;
