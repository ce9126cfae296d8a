import { z } from 'zod';
import { places } from '../../core/backupLayout.ts';
import type { Host } from '../../core/host.ts';
import type { Drill } from '../types.ts';

const measured = z.object({ tookMs: z.number(), atMostMs: z.number(), isMet: z.boolean() });

const drillSchema = z.object({
  cut: z.string(),
  startedAtMs: z.number(),
  verdict: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('proven') }),
    z.object({ kind: z.literal('failed'), reasons: z.array(z.string()) }),
    z.object({ kind: z.literal('could not verify'), reason: z.string() }),
  ]),
  isControl: z.boolean(),
  took: z.array(z.object({ stage: z.string(), ms: z.number() })),
  damage: z.object({ seed: z.number(), what: z.string() }).optional(),
  objectives: z.object({ rto: measured.optional(), rpo: measured.optional() }),
  notes: z.array(z.string()),
});

/** How many of a cut are kept. */
const kept = 20;

/** Keeps what a drill found in the folder of its cut, and goes with it. A cut that is gone keeps nothing. */
export const keepDrill = (docker: Host, drill: Drill): Promise<unknown> =>
  docker.exec(
    [
      ...['sh', '-eu', '-c', keepScript, 'sh'],
      ...[`${places.cuts}/${drill.cut}`, `${drill.startedAtMs}.json`, `${kept}`],
    ],
    JSON.stringify(drill),
  );

const keepScript = `umask 077
[ -d "$1" ] || { cat > /dev/null; exit 0; }
mkdir -p "$1/drills"; cat > "$1/drills/.new"; sync "$1/drills/.new"; mv "$1/drills/.new" "$1/drills/$2"
cd "$1/drills"; ls | sort -n | head -n "-$3" | xargs -r rm --`;

/** Every drill that is kept, oldest first. What is no record of one is passed over: it proves nothing. */
export async function readDrills(docker: Host): Promise<readonly Drill[]> {
  const { stdout } = await docker.exec(['sh', '-c', readScript, 'sh', places.cuts]);
  return stdout
    .split('\n')
    .flatMap(parseDrill)
    .toSorted((one, other) => one.startedAtMs - other.startedAtMs);
}

const readScript = `cd "$1" 2> /dev/null || exit 0
for file in */drills/*.json; do [ ! -f "$file" ] || { cat "$file"; echo; }; done`;

function parseDrill(line: string): readonly Drill[] {
  try {
    return [drillSchema.parse(JSON.parse(line)) as Drill];
  } catch {
    return [];
  }
}
