import type { Argv } from '../../core/shell.ts';
import { linesOf } from '../pairs.ts';
import type { Change, Step } from '../types.ts';

export interface FolderSpec {
  readonly path: string;
  /** As chown takes it. */
  readonly owner: string;
  /** Default 0700. */
  readonly mode?: string;
}

/** Ensures folders with these owners and modes, the outer before the inner; what is in them is left alone. */
export const folders = (specs: readonly FolderSpec[], why: string): Step => {
  const read: Argv = ['stat', '-c', '%F|%a|%U:%G|%n', '--', ...specs.map(({ path }) => path)];
  return {
    name: `folders ${specs.map(({ path }) => path).join(', ')}`,
    why,
    asks: [{ kind: 'command', argv: read }],
    diff: (facts) => {
      const found = linesOf(facts.command(read).stdout);
      return specs.filter((spec) => !found.includes(lineOf(spec))).map(made);
    },
  };
};

const modeOf = ({ mode = '0700' }: FolderSpec): string => mode;

const lineOf = (spec: FolderSpec): string =>
  `directory|${modeOf(spec).replace(/^0+/, '')}|${spec.owner}|${spec.path}`;

function made(spec: FolderSpec): Change {
  const [user = '', group = ''] = spec.owner.split(':');
  return {
    kind: 'run',
    what: `make ${spec.path} a folder of ${spec.owner}`,
    run: ['install', '-d', '-m', modeOf(spec), '-o', user, '-g', group, spec.path],
  };
}
