import { describe, expect, it } from 'vitest';
import type { HostName } from '../core/application.ts';
import type { HostReport } from './converge.ts';
import { rolesAfter } from './convergeAll.ts';
import type { Phase, Role } from './types.ts';

const first: Phase = { name: 'first', steps: [] };
const last: Phase = { name: 'last', steps: [], after: ['db'] };
const roles: readonly Role[] = [
  { host: 'app', phases: [first] },
  { host: 'db', phases: [first] },
  { host: 'docker', phases: [first, last] },
];
const due: readonly Role[] = [{ host: 'docker', phases: [last] }];

const report = (host: HostName, isChanged: boolean, waiting: readonly Phase[] = []): HostReport => ({
  host,
  stepCount: 0,
  trips: 1,
  phases: isChanged ? [{ phase: first, steps: [], handlers: [] }] : [],
  waiting,
  broken: [],
});

describe('a phase that needs other hosts first', () => {
  it.each<[string, readonly HostReport[], readonly Role[]]>([
    ['is asked once when nothing has changed', [report('db', false), report('docker', false)], []],
    ['is asked again when the other has changed', [report('db', true), report('docker', false)], due],
    ['is asked again when its own host has changed', [report('db', false), report('docker', true)], due],
    ['is done when only it has something to do', [report('docker', false, [last])], due],
    ['does not come for a host that it does not need', [report('app', true), report('docker', false)], []],
  ])('%s', (_, reports, expected) => expect(rolesAfter(roles, reports)).toEqual(expected));
});
