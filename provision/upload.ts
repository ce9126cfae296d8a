import { type Argv, quoteArgv } from '../core/shell.ts';
import type { UploadChange } from './types.ts';

/** Puts what was staged at its place, in a script that has `placeFunction`. */
export const placeLine = (upload: UploadChange): string =>
  quoteArgv(['place', upload.path, stagedPath(upload), upload.mode, upload.owner, upload.file.sha256]);

// Two operators who bring different files do not meet; two who bring the same one bring the same.
export const stagedPath = ({ path, file }: UploadChange): string => {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash)}/.${path.slice(slash + 1)}.${file.sha256.slice(0, 12)}.sla-upload`;
};

/**
 * What is at a path, without reading it where its stamp says that nobody wrote to it since it was read: an answer
 * for `programFrom`. A hundred megabytes take half a second to read.
 */
export const asksProgram = (path: string): Argv => ['sh', '-c', askScript, 'sh', path];

const stamp = `stat -Lc '%s %Y %Z %i'`;

const askScript = `
attributes=$(stat -Lc '%a %U:%G' "$1" 2>/dev/null) || { echo absent; exit 0; }
{ read -r stamp && read -r sum; } 2>/dev/null < "$1.sum"
if [ "$(${stamp} "$1")" = "\${stamp-}" ]; then echo "$attributes $sum stamped"
else echo "$attributes $(sha256sum < "$1" | cut -d ' ' -f 1) read"; fi
`;

/** A large file on a host. */
export interface ProgramFact {
  readonly mode: string;
  readonly owner: string;
  readonly sha256: string;
  /** Its stamp spares reading it. */
  readonly isStamped: boolean;
}

/** What `asksProgram` was answered; undefined when there is no such file. */
export function programFrom(stdout: string): ProgramFact | undefined {
  const [mode = '', owner, sha256, how] = stdout.trim().split(' ');
  if (owner === undefined || sha256 === undefined) return undefined;
  return { mode: mode.padStart(4, '0'), owner, sha256, isStamped: how === 'stamped' };
}

/** Gives a file its mode and owner, and a stamp with its sum. */
export const stamps = (path: string, mode: string, owner: string, sha256: string): Argv => [
  'sh',
  '-ec',
  stampScript,
  'sh',
  path,
  mode,
  owner,
  sha256,
];

// Last of all, for both change the stamp.
const stampScript = `chmod "$2" "$1"; chown "$3" "$1"; { ${stamp} "$1"; echo "$4"; } > "$1.sum"`;

/** The name changes its meaning in one moment, and its stamp is never that of another file. */
export const placeFunction = `place() {
    rm -f "$1.sum" && chmod "$3" "$2" && chown "$4" "$2" && sync "$2" && mv -fT "$2" "$1" \\
      && { ${stamp} "$1"; echo "$5"; } > "$1.sum"
  }`;
