import type { Handler, LocalFile, Step } from '../types.ts';
import { asksProgram, programFrom, stamps } from '../upload.ts';

export interface ProgramSpec {
  readonly path: string;
  readonly file: LocalFile;
  readonly mode: string;
  readonly why: string;
  readonly handlers?: readonly Handler[];
}

/** Ensures that a large file of this machine is on the host, below /var/lib, where no inventory looks. */
export const program = ({ path, file, mode, why, handlers = [] }: ProgramSpec): Step => {
  const owner = 'root:root';
  const ask = asksProgram(path);
  return {
    name: `program ${path}`,
    why,
    asks: [{ kind: 'command', argv: ask }],
    handlers,
    diff: (facts) => {
      const found = programFrom(facts.command(ask).stdout);
      if (found?.sha256 !== file.sha256)
        return [
          {
            kind: 'upload',
            what: `bring ${path} (${Math.ceil(file.bytes / 2 ** 20)} MiB)`,
            path,
            file,
            mode,
            owner,
          },
        ];
      if (found.isStamped && found.mode === mode && found.owner === owner) return [];
      return [
        {
          kind: 'run',
          what: `set mode and stamp of ${path}`,
          run: stamps(path, mode, owner, file.sha256),
        },
      ];
    },
  };
};
