import type { HostName } from '../../core/application.ts';
import type { Flag, Given } from '../../core/command.ts';
import { SlaError } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import type { DeliveryTerms } from './adoptedTarget.ts';

export const rebuildFlags: readonly Flag[] = [
  { usage: '--yes', description: 'go on without asking whether the host may be lost' },
  {
    usage: '--copy <name>',
    description: 'restore this copy, and not what the stores hold now',
  },
  {
    usage: '--accept-loss',
    description: 'go on although a store can neither be saved nor restored: it starts as delivered',
  },
  {
    usage: '--delivered',
    description: 'leave the host as delivered, with node_exporter on it and nothing else of ours',
  },
  {
    usage: '--wait <minutes>',
    description: 'adopted: how long to wait for the client to deliver the host (default: 120)',
    parse: minutesFrom,
  },
  {
    usage: '--new-key <fingerprints>',
    description: 'adopted: pin this new host key, SHA256:…; several between commas',
    parse: fingerprintsFrom,
  },
  {
    usage: '--accept-differences',
    description: 'adopted: go on although the host is not as it was delivered the first time',
  },
  {
    usage: '--is-new',
    description: 'adopted: the client has delivered the host anew already, and nothing on it is to be saved',
  },
  {
    usage: '--give-up',
    description: 'adopted: the client does not deliver; keep the old host, and accept votes again',
  },
];

function minutesFrom(text: string): number {
  const minutes = Number(text);
  if (minutes > 0 && minutes <= 7 * 24 * 60) return minutes;
  throw new SlaError('usage', `"${text}" is no time to wait`, {
    remedy: 'give --wait minutes, more than 0 and at most a week',
  });
}

function fingerprintsFrom(text: string): readonly string[] {
  const fingerprints = text.split(',');
  if (fingerprints.every((fingerprint) => /^SHA256:[A-Za-z0-9+/]{43}$/.test(fingerprint)))
    return fingerprints;
  throw new SlaError('usage', `"${text}" is no fingerprint of a host key`, {
    remedy:
      'give --new-key as "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" prints it: SHA256: and 43 characters',
  });
}

/** Throws `usage` for flags that say nothing about this target, or not about all hosts. */
export function insistOnMeaning({ config }: Context, { flags }: Given, host: HostName | 'all'): void {
  const stray = ['newKey', 'acceptDifferences', 'wait', 'isNew', 'giveUp'].some(
    (flag) => flags[flag] !== undefined,
  );
  if (config.target === 'lab' && stray) {
    throw new SlaError('usage', 'hosts of a lab are made here: nothing is known of a client', {
      remedy: 'leave out --new-key, --accept-differences, --wait, --is-new and --give-up',
    });
  }
  if (host !== 'all' || (flags.isNew !== true && flags.giveUp !== true)) return;
  throw new SlaError('usage', '--is-new and --give-up say something about one host, and not about all', {
    remedy: 'name the host: "./sla rebuild db --is-new"',
  });
}

/** What was said beforehand of the host that the client delivers. */
export const termsFrom = ({ flags }: Given): DeliveryTerms => ({
  newKeys: (flags.newKey as readonly string[] | undefined) ?? [],
  acceptsDifferences: flags.acceptDifferences === true,
  waitMs: ((flags.wait as number | undefined) ?? defaultWaitMinutes) * 60_000,
});

const defaultWaitMinutes = 120;
