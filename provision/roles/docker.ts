import { daemonSettings } from '../properties/docker.ts';
import { active, dropIn, enabled } from '../properties/unit.ts';
import type { Phase } from '../types.ts';
import { always } from './common.ts';

/** The engine that carries our own tools. */
export const dockerPhases = (): readonly Phase[] => [
  {
    name: 'engine',
    steps: [
      // No live-restore here: an engine that has it refuses to be part of a swarm.
      daemonSettings({ 'log-opts': { 'max-size': '10m', 'max-file': '3' } }),
      dropIn('docker.service', [...always, 'OOMScoreAdjust=-500'], 'a crashed engine is back at once'),
      enabled('docker.service', 'our tools start with their host'),
      active('docker.service', 'our tools run'),
    ],
  },
];
