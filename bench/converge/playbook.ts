import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { quoteArgv } from '../../core/shell.ts';
import type { Ask, Facts, Role, Step } from '../../provision/types.ts';

/** One task of Ansible; JSON is YAML. */
type Task = Readonly<Record<string, unknown>>;

export interface ConvergedHost {
  readonly role: Role;
  readonly facts: Facts;
}

/**
 * A playbook that makes sure of the same things as the roles, with the module that an Ansible user would take
 * for each. Steps that all hosts share are one play for all of them; files lie below `folder`.
 */
export function playbookFor(hosts: readonly ConvergedHost[], folder: string): readonly unknown[] {
  const keysOf = ({ role, facts }: ConvergedHost) =>
    new Map(stepsOf(role).map((step) => [step.name, JSON.stringify(filesOf(step, facts))]));
  const shared = [...hosts.map(keysOf).reduce(inBoth).keys()];
  const [first] = hosts;
  if (!first) throw new RangeError('a playbook for no host');
  const sharedTasks = tasksOf(first, (name) => shared.includes(name), folder, 'all');
  return [
    play('all', sharedTasks),
    ...hosts.map((host) =>
      play(
        host.role.host,
        tasksOf(host, (name) => !shared.includes(name), folder, host.role.host),
      ),
    ),
  ];
}

const play = (hosts: string, tasks: readonly Task[]) => ({ hosts, gather_facts: false, tasks });

const filesOf = ({ asks }: Step, facts: Facts) =>
  asks.flatMap((ask) => (ask.kind === 'file' ? [ask.path, facts.file(ask.path)] : []));

const inBoth = (one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
  new Map([...one].filter(([name, files]) => other.get(name) === files));

const stepsOf = ({ phases }: Role): readonly Step[] => phases.flatMap(({ steps }) => steps);

function tasksOf(
  { role, facts }: ConvergedHost,
  isMeant: (name: string) => boolean,
  folder: string,
  place: string,
): readonly Task[] {
  const steps = stepsOf(role).filter(({ name }) => isMeant(name));
  const packages = steps.flatMap(({ asks }) =>
    asks.flatMap((ask) => (ask.kind === 'package' ? [ask.name] : [])),
  );
  const present = packages.filter((name) => facts.package(name) !== undefined);
  // One task for all packages, as Ansible's own documentation advises.
  const apt = present.length > 0 ? [{ name: 'packages', 'ansible.builtin.apt': { name: present } }] : [];
  return [
    ...apt,
    ...steps.flatMap((step) => step.asks.flatMap((ask) => taskFor(step, ask, facts, folder, place))),
  ];
}

function taskFor({ name }: Step, ask: Ask, facts: Facts, folder: string, place: string): readonly Task[] {
  switch (ask.kind) {
    case 'package':
      return [];
    case 'file':
      return [fileTask(name, ask.path, facts, folder, place)];
    case 'unit':
      // Ansible takes a unit that is not there for a failure.
      if (facts.unit(ask.name).load === 'not-found') return [];
      return [{ name, 'ansible.builtin.systemd_service': { name: ask.name, ...wanted(name) } }];
    case 'container':
      return [reading(name, ['docker', 'container', 'inspect', ask.name])];
    case 'command':
      return [reading(name, ask.argv)];
  }
}

const wanted = (step: string) =>
  step.endsWith('enabled at boot')
    ? { enabled: true }
    : step.endsWith('disabled')
      ? { enabled: false }
      : { state: 'started' };

const reading = (name: string, argv: readonly string[]): Task => ({
  name,
  'ansible.builtin.shell': quoteArgv(argv),
  changed_when: false,
  failed_when: false,
});

function fileTask(name: string, path: string, facts: Facts, folder: string, place: string): Task {
  const found = facts.file(path);
  if (!found) return { name, 'ansible.builtin.file': { path, state: 'absent' } };
  const source = join(folder, 'files', place, path);
  mkdirSync(dirname(source), { recursive: true, mode: 0o700 });
  writeFileSync(source, found.text, { mode: 0o600 });
  const [owner, group] = found.owner.split(':');
  return {
    name,
    'ansible.builtin.copy': { src: `files/${place}${path}`, dest: path, mode: found.mode, owner, group },
  };
}
