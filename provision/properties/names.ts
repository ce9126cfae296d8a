import type { HostName } from '../../core/application.ts';
import { declaredFile } from '../declarations.ts';
import type { Site } from '../site.ts';
import type { Step } from '../types.ts';

/** Ensures the host's own name. */
export const hostname = (name: HostName): Step => ({
  name: `host name is ${name}`,
  why: 'logs and metrics of a host carry its name',
  asks: [{ kind: 'command', argv: ['hostname'] }],
  declares: [
    { kind: 'item', section: 'system', item: 'hostname', value: name },
    declaredFile('/etc/hostname', `${name}\n`, '0644', 'root:root'),
  ],
  diff: (facts) =>
    facts.command(['hostname']).stdout === name
      ? []
      : [{ kind: 'run', what: `name the host ${name}`, run: ['hostnamectl', 'set-hostname', name] }],
});

const hostsFile = '/etc/hosts';

/** Ensures that the host finds the others, and the stores, by name. */
export const namesKnown = (site: Site, self: HostName): Step => {
  const wanted: readonly (readonly [string, string])[] = site.hosts
    .flatMap(({ name, address }) =>
      (name === 'db' ? [name, 'redis'] : [name]).map((known) => [known, address] as const),
    )
    .filter(([known]) => known !== self);
  return {
    name: 'hosts file knows the other hosts',
    why: 'the application finds its stores by name, and a lost resolver must not take it down',
    asks: [{ kind: 'file', path: hostsFile }],
    declares: [{ kind: 'edit', path: hostsFile, edit: (text) => withNames(text, wanted).text }],
    diff: (facts) => {
      const { text, missing } = withNames(facts.file(hostsFile)?.text ?? '', wanted);
      if (missing.length === 0) return [];
      return [
        {
          kind: 'run',
          what: `write ${missing.join(', ')} into ${hostsFile}`,
          // Not renamed into place: in a container it is a mount, which can only be written through.
          run: ['sh', '-c', `printf '%s\\n' "$@" > ${hostsFile}`, 'sh', ...text.trimEnd().split('\n')],
        },
      ];
    },
  };
};

/** The text with each name at its address, and the names that were not. */
function withNames(text: string, wanted: readonly (readonly [string, string])[]) {
  const wrong = wanted.filter(([name, address]) => addressIn(text, name) !== address);
  const missing = wrong.map(([name]) => name);
  if (missing.length === 0) return { text, missing };
  const kept = text.split('\n').filter((line) => !missing.some((name) => namesOf(line).includes(name)));
  const lines = [...kept.filter(Boolean), ...wrong.map(([name, address]) => `${address}\t${name}`)];
  return { text: lines.map((line) => `${line}\n`).join(''), missing };
}

const addressIn = (text: string, name: string): string | undefined =>
  text
    .split('\n')
    .find((line) => namesOf(line).includes(name))
    ?.trim()
    .split(/\s+/)[0];

const namesOf = (line: string): readonly string[] => line.replace(/#.*/, '').trim().split(/\s+/).slice(1);
