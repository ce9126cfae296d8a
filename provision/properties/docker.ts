import type { Step } from '../types.ts';
import { edited } from './file.ts';
import { reload } from './unit.ts';

/** Ensures settings of the Docker engine, and leaves the others as they were delivered. */
export const daemonSettings = (settings: Readonly<Record<string, unknown>>): Step =>
  edited(
    'Docker engine settings',
    {
      path: '/etc/docker/daemon.json',
      why: 'logs of containers never fill the disk',
      // Read again without a restart, which would stop every container.
      handlers: [reload('docker.service')],
      check: ['dockerd', '--validate'],
    },
    (text) => {
      const found = text.trim() === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      const isThere = Object.entries(settings).every(
        ([name, value]) => JSON.stringify(found[name]) === JSON.stringify(value),
      );
      return isThere ? text : `${JSON.stringify({ ...found, ...settings }, null, 2)}\n`;
    },
  );
