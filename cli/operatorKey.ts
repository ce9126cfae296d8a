import { SlaError } from '../core/errors.ts';
import { runLocal } from '../core/local.ts';
import { readIfPresent } from '../core/state.ts';

/** The public half of a private key: type, base64 and comment. Error: `adoption-refused`. */
export async function publicKeyOf(keyFile: string): Promise<string> {
  const kept = readIfPresent(`${keyFile}.pub`)?.trim();
  if (kept) return kept;
  // An empty passphrase, or ssh-keygen would ask for one.
  const derived = await runLocal(['ssh-keygen', '-y', '-P', '', '-f', keyFile]);
  if (derived.exitCode === 0) return derived.stdout.trim();
  throw new SlaError('adoption-refused', `the key ${keyFile} cannot be used`, {
    cause: derived.stderr.trim(),
    remedy:
      'set adopted.key in sla.config.ts to a private key without a passphrase, or leave it out; then run "./sla adopt"',
  });
}
