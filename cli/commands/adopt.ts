import type { Command, Outcome } from '../../core/command.ts';
import { allOrOneError, errorAsJson, renderError, SlaError } from '../../core/errors.ts';
import { ensureKeys } from '../../lab/keys.ts';
import type { Check } from '../../provision/adoption/checks.ts';
import {
  fingerprintFor,
  insistOnTrust,
  knownWith,
  pin,
  type ShownKey,
  shownKeys,
} from '../adoption/hostKeys.ts';
import { type Door, leaveKey, openWith, passwordSource } from '../adoption/login.ts';
import { type Looked, lookAt } from '../adoption/look.ts';
import type { Context } from '../context.ts';
import { type Recording, recordDelivered } from '../delivered.ts';

export const adopt: Command<Context> = {
  name: 'adopt',
  summary: 'take over hosts that exist: pin their keys, say what will not work, record them',
  example: 'adopt --dry-run',
  changesState: true,
  isExclusive: true,
  onlyFor: {
    target: 'adopted',
    instead: 'make a lab with "./sla up", or set target and adopted in sla.config.ts',
  },
  flags: [{ usage: '--yes', description: 'vouch for the host keys that are shown, without being asked' }],
  run: async (context, given) => {
    const keys = await shownKeys(context);
    // A dry run sends nothing that a stranger could use: no password, and a key proves itself unseen.
    if (!context.isDryRun) await insistOnTrust(keys, given.flags.yes === true);
    if (!context.isDryRun && context.config.adopted?.key === undefined) await ensureKeys(context.state);
    const door: Door = {
      context,
      knownHosts: knownWith(context, keys),
      password: context.isDryRun ? async () => undefined : passwordSource(),
    };
    const looked = await allOrOneError(context.hosts.map((host) => lookAt(door, host)));
    const isRefused = looked.some(({ checks }) => checks.some(({ verdict }) => verdict === 'refused'));
    if (isRefused) return refusal(keys, looked);
    if (context.isDryRun) return outcome(keys, looked, undefined);
    const recordings = await allOrOneError(looked.map((host) => takeOver(door, host)));
    pin(context, keys);
    return outcome(keys, looked, recordings);
  },
};

/** Records what was delivered, then leaves our key where only a password let us in. */
async function takeOver(door: Door, { address, login }: Looked): Promise<Recording> {
  if (!login) throw new Error(`${address.name} was not opened`);
  const host = await openWith(door, address, login, false);
  try {
    const recording = await recordDelivered(door.context, host, door.context.narrate);
    if (login.kind === 'password') await leaveKey(door, address, login);
    return recording;
  } finally {
    host.close();
  }
}

function refusal(keys: readonly ShownKey[], looked: readonly Looked[]): Outcome {
  const refused = looked.flatMap(({ address, checks }) =>
    checks
      .filter(({ verdict }) => verdict === 'refused')
      .map(({ what, found, consequence }) => ({
        text: `${address.name}: ${what}: ${found}`,
        remedy: `${address.name}: ${consequence}`,
      })),
  );
  const error = new SlaError('adoption-refused', 'the hosts cannot be taken over; nothing was changed', {
    cause: refused.map(({ text }) => text).join('\n'),
    remedy: [...refused.map(({ remedy }) => remedy), 'then run "./sla adopt" again'].join('\n'),
  });
  return {
    result: { adopted: false, hosts: shown(keys, looked), ...errorAsJson(error) },
    text: [table(keys, looked), renderError(error)].join('\n\n'),
    exitStatus: error.exitStatus,
  };
}

function outcome(
  keys: readonly ShownKey[],
  looked: readonly Looked[],
  recordings: readonly Recording[] | undefined,
): Outcome {
  const hosts = shown(keys, looked).map((host, index) => ({
    ...host,
    inventory: recordings?.[index] ?? null,
  }));
  const verdict = recordings
    ? `Adopted ${hosts.map(({ host }) => host).join(', ')}. Next: ./sla inventory, ./sla converge --dry-run`
    : 'Nothing refuses: without --dry-run the keys are pinned and what was delivered is recorded.';
  return {
    result: { adopted: recordings !== undefined, hosts },
    text: `${table(keys, looked)}\n\n${verdict}`,
  };
}

const shown = (keys: readonly ShownKey[], looked: readonly Looked[]) =>
  looked.map(({ address, checks }) => ({
    host: address.name,
    address: address.address,
    user: address.user,
    fingerprint: fingerprintFor(keys, address.name),
    checks,
  }));

const table = (keys: readonly ShownKey[], looked: readonly Looked[]): string =>
  shown(keys, looked)
    .map(({ host, address, user, fingerprint, checks }) =>
      [`${host}  ${user}@${address}  ${fingerprint}`, ...checks.map(checkLine)].join('\n'),
    )
    .join('\n\n');

const marks = { fine: '✓', limited: '!', refused: '✗' } as const;

const checkLine = ({ what, verdict, found, consequence }: Check): string =>
  `  ${marks[verdict]} ${what.padEnd(11)} ${found}${consequence === undefined ? '' : `\n                → ${consequence}`}`;
