import type { RemoteResult } from '../../core/host.ts';
import { quoteArgv } from '../../core/shell.ts';
import type { Facts, FileFact, UnitFact } from '../../provision/types.ts';

export interface Known {
  readonly files?: Readonly<Record<string, Partial<FileFact>>>;
  readonly packages?: readonly string[];
  readonly units?: Readonly<Record<string, Partial<UnitFact>>>;
  readonly containers?: Readonly<Record<string, unknown>>;
  /** Output by command line; with a status in front, `1:`, when it is not 0. */
  readonly commands?: Readonly<Record<string, string>>;
}

/** A host of which this is known; everything else is missing there. */
export const factsOf = ({ files, packages, units, containers, commands }: Known): Facts => ({
  file: (path) => {
    const found = files?.[path];
    return found && { text: '', mode: '0644', owner: 'root:root', ...found };
  },
  package: (name) => (packages?.includes(name) ? '1.0' : undefined),
  unit: (name) => ({
    load: 'loaded',
    active: 'inactive',
    unitFile: 'disabled',
    needsReload: false,
    ...units?.[name],
  }),
  container: (name) => containers?.[name],
  command: (argv) => resultOf(commands?.[quoteArgv(argv)] ?? '127:not found'),
  owed: [],
});

function resultOf(text: string): RemoteResult {
  const [, status, output] = /^(\d+):(.*)$/s.exec(text) ?? [];
  return { exitCode: Number(status ?? 0), stdout: output ?? text, stderr: '' };
}
