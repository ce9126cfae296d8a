import { z } from 'zod';
import { macOf, type Passphrase } from './seal.ts';
import type { Cut } from './types.ts';

const sum = z.object({ bytes: z.number(), sha256: z.string() });

const cutSchema = z.object({
  format: z.literal(1),
  label: z.string(),
  atMs: z.number(),
  postgres: z.object({
    restorePoint: z.string(),
    lsn: z.string(),
    timeline: z.number(),
    backup: z.string(),
  }),
  redis: z.object({ replicationId: z.string(), replicationOffset: z.number() }),
  journalSequence: z.number(),
  pausedMs: z.number(),
  digest: z.string(),
  files: z.record(z.string(), sum),
});

/** A folder of cuts, and what is in it: a cut, or why it is none. */
export type CutEntry =
  | { readonly label: string; readonly cut: Cut }
  | { readonly label: string; readonly problem: string };

/** One line: everybody may read it, and nobody without the key may change it. */
export const renderCut = (cut: Cut): string => JSON.stringify(cut);

export const cutMac = (line: string, label: string, passphrase: Passphrase): string =>
  macOf(line, `${label}/cut.json`, passphrase);

/** What stands in the folder `label`: its cut.json and the code of it. */
export function parseCut(label: string, line: string, mac: string, passphrase: Passphrase): CutEntry {
  if (cutMac(line, label, passphrase) !== mac)
    return { label, problem: 'its cut.json is damaged, or was made with another key' };
  const parsed = cutSchema.safeParse(JSON.parse(line));
  return parsed.success && parsed.data.label === label
    ? { label, cut: parsed.data }
    : { label, problem: 'its cut.json is not one that this version understands' };
}
