import { isServing } from '../../core/application.ts';
import { propertiesIn } from '../pairs.ts';
import type { PropertyItems } from './types.ts';

const known = /\.(service|timer|socket|path)$/;

/** Units by name, from `systemctl list-unit-files` and `systemctl show`. */
export function unitsFrom(unitFiles: string, shown: string): PropertyItems {
  const states = new Map<string, UnitState>();
  for (const line of unitFiles.split('\n')) {
    const [name = '', atBoot = ''] = line.split(/\s+/);
    if (known.test(name)) states.set(name, { atBoot, runs: undefined });
  }
  for (const block of shown.split('\n\n')) {
    const unit = unitFrom(block);
    if (unit)
      states.set(unit.name, { atBoot: states.get(unit.name)?.atBoot ?? unit.atBoot, runs: unit.runs });
  }
  return Object.fromEntries([...states].map(([name, state]) => [name, itemsOf(state)]));
}

interface UnitState {
  readonly atBoot: string;
  readonly runs: string | undefined;
}

/** What is not enabled at all runs on demand: whether it does at the moment says nothing. */
const onDemand: readonly string[] = ['static', 'indirect', 'alias', 'generated', 'transient', ''];

function itemsOf({ atBoot, runs = 'no' }: UnitState) {
  const isSteady = !onDemand.includes(atBoot) && runs !== 'now and then';
  return {
    'at boot': atBoot === '' ? 'no' : atBoot,
    ...(isSteady || runs === 'failed' ? { runs } : {}),
  };
}

function unitFrom(block: string) {
  const properties = propertiesIn(block);
  const name = properties.get('Id') ?? '';
  const isThere = properties.get('LoadState') === 'loaded' || properties.get('LoadState') === 'masked';
  if (!known.test(name) || !isThere || properties.get('Transient') === 'yes') return undefined;
  return { name, atBoot: properties.get('UnitFileState') ?? '', runs: runsText(properties) };
}

function runsText(properties: ReadonlyMap<string, string>): string {
  const active = properties.get('ActiveState') ?? '';
  if (active === 'failed') return 'failed';
  // Such a unit does its work and ends; the moment of the look decides what it says.
  if (properties.get('Type') === 'oneshot' && properties.get('RemainAfterExit') !== 'yes')
    return 'now and then';
  return isServing(active) || active === 'activating' ? 'yes' : 'no';
}
