import { SlaError } from '../core/errors.ts';
import type { RemoteResult } from '../core/host.ts';
import { quoteArgv } from '../core/shell.ts';
import type { Questions } from './asks.ts';
import { propertiesIn } from './pairs.ts';
import type { Facts, FileFact, UnitFact } from './types.ts';

/** One answer of a script on a host. */
export interface Section {
  readonly status: number;
  readonly output: string;
}

/** Sections are `STATUS\nOUTPUT\0`; what a broken connection left of the last one is dropped. */
export const sectionsOf = (stdout: string): readonly Section[] =>
  stdout
    .split('\0')
    .slice(0, -1)
    .map((text) => {
      const end = text.indexOf('\n');
      return { status: Number(text.slice(0, end)), output: text.slice(end + 1) };
    });

/**
 * Throws `host-unreachable` unless all answers that were asked for have come. A script has no status of its own:
 * when fewer come, the connection ended first.
 */
export function insistOnAllAnswers(
  host: string,
  sections: readonly Section[],
  count: number,
  remedy = `run "./sla doctor ${host}", then run the same command again`,
): void {
  if (sections.length === count) return;
  throw new SlaError('host-unreachable', `the connection to ${host} ended while it was read`, { remedy });
}

/** The facts in the sections that `questionLines` answered with. Error: `systemd-degraded`. */
export function factsFrom(host: string, questions: Questions, sections: readonly Section[]): Facts {
  const [owed, attributes, contents, packages, units, containers, ...commands] = sections;
  if (!owed || !attributes || !contents || !packages || !units || !containers) {
    throw new Error(`${sections.length} answers of ${host} are too few`);
  }
  insistOnSystemd(host, units);
  const files = filesFrom(host, attributes.output, contents.output);
  const versions = versionsFrom(packages.output);
  const states = new Map(questions.units.map((name, index) => [name, unitsFrom(units.output)[index]]));
  const inspected = containersFrom(containers.output);
  const answers = new Map(
    questions.commands.map((argv, index) => [quoteArgv(argv), resultFrom(commands[index])]),
  );
  const asked = <T>(names: readonly string[], name: string, answer: T): T => {
    if (!names.includes(name)) throw new Error(`a step reads ${name} without asking for it`);
    return answer;
  };
  return {
    file: (path) => asked(questions.files, path, files.get(path)),
    package: (name) => asked(questions.packages, name, versions.get(name)),
    unit: (name) => asked(questions.units, name, states.get(name) ?? noUnit),
    container: (name) => asked(questions.containers, name, inspected.get(name)),
    command: (argv) => {
      const answer = answers.get(quoteArgv(argv));
      if (!answer) throw new Error(`a step reads "${quoteArgv(argv)}" without asking for it`);
      return answer;
    },
    owed: owed.status === 0 ? owed.output.split('\n').filter(Boolean) : [],
  };
}

const noUnit: UnitFact = { load: 'not-found', active: 'inactive', unitFile: '', needsReload: false };

function insistOnSystemd(host: string, { status, output }: Section): void {
  if (status === 0) return;
  throw new SlaError('systemd-degraded', `systemd of ${host} does not answer`, {
    cause: output.trim(),
    remedy: `look with "./sla ssh ${host} ps 1"; when systemd is not what runs there, restart the host, then run the same command again`,
  });
}

/** Contents come one after the other, cut by the sizes that stat gave; directories have none. */
function filesFrom(host: string, attributes: string, base64: string): ReadonlyMap<string, FileFact> {
  const bytes = Buffer.from(base64, 'base64');
  const files = new Map<string, FileFact>();
  let start = 0;
  for (const line of attributes.split('\n').filter(Boolean)) {
    const [size = '', mode = '', owner = '', type = '', ...path] = line.split('|');
    if (!type.startsWith('regular')) continue;
    const text = bytes.subarray(start, start + Number(size)).toString('utf8');
    files.set(path.join('|'), { text, mode: mode.padStart(4, '0'), owner });
    start += Number(size);
  }
  if (start === bytes.length) return files;
  throw new SlaError('remote-command-failed', `a configuration file of ${host} changed while it was read`, {
    remedy: 'run the same command again',
  });
}

const versionsFrom = (output: string): ReadonlyMap<string, string> =>
  new Map(
    output.split('\n').flatMap((line) => {
      const [name = '', status, version = ''] = line.split(' ');
      return status === 'installed' ? [[name, version]] : [];
    }),
  );

const unitsFrom = (output: string): readonly UnitFact[] =>
  output.split('\n\n').map((block) => {
    const properties = propertiesIn(block);
    return {
      load: properties.get('LoadState') ?? '',
      active: properties.get('ActiveState') ?? '',
      unitFile: properties.get('UnitFileState') ?? '',
      needsReload: properties.get('NeedDaemonReload') === 'yes',
    };
  });

/** One JSON object a line; what else docker says is about those that do not exist. */
const containersFrom = (output: string): ReadonlyMap<string, unknown> =>
  new Map(
    output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => {
        const inspected = JSON.parse(line) as { readonly Name: string };
        return [inspected.Name.slice(1), inspected];
      }),
  );

const resultFrom = (section: Section | undefined): RemoteResult => ({
  exitCode: section?.status ?? 255,
  stdout: section?.output ?? '',
  stderr: '',
});
