import type { Flag } from '../core/command.ts';
import { SlaError } from '../core/errors.ts';
import { type Substrate, substrates } from '../lab/substrate.ts';

/** `--substrate KIND`; its value is a `Substrate`. */
export const substrateFlag = (description: string): Flag => ({
  usage: '--substrate <kind>',
  description,
  parse: parseSubstrate,
});

function parseSubstrate(text: string): Substrate {
  const found = substrates.find((substrate) => substrate === text);
  if (found) return found;
  throw new SlaError('usage', `"${text}" is no substrate`, { remedy: `use one of ${substrates.join(', ')}` });
}
