import { isServing } from '../../core/application.ts';
import { declaredUnit } from '../declarations.ts';
import type { Handler, Step } from '../types.ts';
import { file } from './file.ts';

/** Ensures that a systemd unit starts at boot. */
export const enabled = (unit: string, why: string): Step => ({
  name: `${unit} enabled at boot`,
  why,
  asks: [{ kind: 'unit', name: unit }],
  declares: declaredUnit(unit, { 'at boot': 'enabled' }),
  diff: (facts) =>
    facts.unit(unit).unitFile === 'enabled'
      ? []
      : [{ kind: 'run', what: `enable ${unit}`, run: ['systemctl', 'enable', '--quiet', unit] }],
});

/** Ensures that a systemd unit runs. */
export const active = (unit: string, why: string): Step => ({
  name: `${unit} active`,
  why,
  asks: [{ kind: 'unit', name: unit }],
  declares: declaredUnit(unit, { runs: 'yes' }),
  diff: (facts) =>
    // HAProxy itself says that it reloads, and a moment after the reload ended.
    isServing(facts.unit(unit).active)
      ? []
      : [{ kind: 'run', what: `start ${unit}`, run: ['systemctl', 'start', unit] }],
});

/** Ensures that a unit neither runs nor starts at boot; one that does not exist does neither. */
export const disabled = (unit: string, why: string): Step => ({
  name: `${unit} disabled`,
  why,
  asks: [{ kind: 'unit', name: unit }],
  declares: declaredUnit(unit, { 'at boot': 'disabled', runs: 'no' }),
  diff: (facts) => {
    const { load, active: state, unitFile } = facts.unit(unit);
    if (load === 'not-found' || (!isServing(state) && unitFile !== 'enabled')) return [];
    return [
      {
        kind: 'run',
        what: `stop and disable ${unit}`,
        run: ['systemctl', 'disable', '--quiet', '--now', unit],
      },
    ];
  },
});

/** Ensures that a unit that somebody else brings, or will bring, can never run. */
export const masked = (unit: string, why: string): Step => ({
  name: `${unit} masked`,
  why,
  asks: [{ kind: 'unit', name: unit }],
  declares: [
    ...declaredUnit(unit, { 'at boot': 'masked', runs: 'no' }),
    { kind: 'item', section: 'files', item: `/etc/systemd/system/${unit}`, value: 'link to /dev/null' },
  ],
  diff: (facts) =>
    facts.unit(unit).load === 'masked' && !isServing(facts.unit(unit).active)
      ? []
      : [{ kind: 'run', what: `mask ${unit}`, run: ['systemctl', 'mask', '--quiet', '--now', unit] }],
});

export const daemonReload: Handler = {
  name: 'daemon-reload',
  what: 'make systemd read its units again',
  run: ['systemctl', 'daemon-reload'],
  isEarly: true,
};

export const restart = (unit: string, breaks?: Handler['breaks']): Handler => ({
  name: `restart-${unit}`,
  what: `restart ${unit}`,
  run: ['systemctl', 'restart', unit],
  ...(breaks ? { breaks } : {}),
});

export const reload = (unit: string): Handler => ({
  name: `reload-${unit}`,
  what: `reload ${unit}`,
  run: ['systemctl', 'reload', unit],
});

/** Settings of ours on top of a unit that somebody else owns. */
export const dropIn = (
  unit: string,
  lines: readonly string[],
  why: string,
  handlers: readonly Handler[] = [],
): Step =>
  file({
    path: `/etc/systemd/system/${unit}.d/50-sla.conf`,
    content: `${lines.join('\n')}\n`,
    why,
    handlers: [daemonReload, ...handlers],
  });
