import { setTimeout as sleep } from 'node:timers/promises';
import { components, type HostName } from '../../core/application.ts';
import { SlaError } from '../../core/errors.ts';
import type { Host } from '../../core/host.ts';
import { compareDeliveries, type DeliveryDifference } from '../../provision/inventory/redelivery.ts';
import { takeFound } from '../../provision/inventory/take.ts';
import type { Found } from '../../provision/inventory/types.ts';
import type { Context } from '../context.ts';
import { deliveredOf, keptDelivered, keyDeclarations, replaceDelivered } from '../delivered.ts';
import { shortValue } from '../driftScreen.ts';
import { canAsk, isWordTyped } from '../prompt.ts';

type Narrate = (line: string) => void;

interface Look {
  readonly found: Found;
  readonly differences: readonly DeliveryDifference[];
}

/**
 * Throws `drift-found` unless a new host is as it was delivered the first time, or somebody agrees to each
 * difference; then it is what counts as delivered. What every delivery has of its own is only told.
 */
export async function insistOnSameDelivery(
  context: Context,
  host: Host,
  isAccepted: boolean,
  narrate: Narrate,
): Promise<void> {
  if (!hasRecord(context, host.name, isAccepted))
    return narrate('nothing is recorded of the first delivery: this one is recorded, and taken as it is');
  const { found, differences } = await lookUntilSteady(context, host, narrate);
  const expected = differences.filter(({ because }) => because !== undefined);
  const differing = differences.filter(({ because }) => because === undefined);
  for (const difference of expected) narrate(line(difference));
  if (differing.length === 0) narrate(`${host.name} is as it was delivered the first time`);
  else if (!isAccepted && !(await isAgreed(host, differing))) throw otherState(host, differing);
  else for (const difference of differing) narrate(`accepted: ${line(difference)}`);
  if (differing.length > 0 || expected.some(({ isDrift }) => isDrift))
    replaceDelivered(context, host.name, found.inventory);
}

/** Whether a delivered state is kept. Throws `usage` when none is, unless somebody accepts whatever comes. */
export function hasRecord(context: Context, name: HostName, isAccepted: boolean): boolean {
  if (keptDelivered(context, name)) return true;
  if (isAccepted) return false;
  throw new SlaError('usage', `no delivered state of ${name} is kept: a new one cannot be compared with it`, {
    remedy: `take whatever the client delivers with "./sla rebuild ${name} --accept-differences"`,
  });
}

const steadyMs = 30_000;

/** A host that has just started is not through with it: what differs is looked at again. */
async function lookUntilSteady(context: Context, host: Host, narrate: Narrate): Promise<Look> {
  await host.query(['timeout', '600', 'systemctl', 'is-system-running', '--wait']);
  const deadline = performance.now() + steadyMs;
  for (;;) {
    const look = await lookAt(context, host);
    const left = look.differences.filter(({ because }) => because === undefined).length;
    if (left === 0 || performance.now() > deadline) return look;
    narrate(`${left} differences to what was delivered; looking again, as it may still be made ready`);
    await sleep(5000, undefined, { signal: context.signal }).catch(() => undefined);
    context.signal.throwIfAborted();
  }
}

async function lookAt(context: Context, host: Host): Promise<Look> {
  const delivered = deliveredOf(context, host.name);
  const found = await takeFound(host, Object.keys(delivered.texts));
  const ours = await keyDeclarations(context, host.name);
  return { found, differences: compareDeliveries(delivered, found, ours, components) };
}

async function isAgreed(host: Host, differing: readonly DeliveryDifference[]): Promise<boolean> {
  if (!canAsk()) return false;
  const list = differing.map((difference) => `  ${line(difference)}`).join('\n');
  return isWordTyped(
    `${host.name} is not as it was delivered the first time:\n${list}\nType yes to go on with it as it is:`,
    'yes',
    '--accept-differences',
  );
}

const otherState = ({ name }: Host, differing: readonly DeliveryDifference[]): SlaError =>
  new SlaError('drift-found', `the new ${name} is not as it was delivered the first time`, {
    cause: differing.map(line).join('\n'),
    remedy: `have the client put it right, or agree with "./sla rebuild ${name} --accept-differences"; either way "./sla rebuild ${name}" goes on from there`,
  });

const line = ({ section, item, delivered, found, because }: DeliveryDifference): string =>
  `${section} ${item}: ${shortValue(delivered)} → ${shortValue(found)}${because === undefined ? '' : ` (${because})`}`;
