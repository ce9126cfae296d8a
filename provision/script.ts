import { type Argv, quoteArgv, quoteWord } from '../core/shell.ts';
import { owedFolder, revivalOf } from './asks.ts';
import { textOf } from './secret.ts';
import type { Handler, PutChange, UploadChange } from './types.ts';
import { placeFunction, placeLine } from './upload.ts';

/** One thing that a script does, with the handlers that it will owe from then on. */
export type Action =
  /** Keeps everybody else from changing the host until the script has ended. `holder` is who does. */
  | { readonly kind: 'lock'; readonly file: string; readonly holder: string }
  | { readonly kind: 'install'; readonly packages: readonly string[] }
  | { readonly kind: 'put'; readonly put: PutChange; readonly owes: readonly string[] }
  /** What was brought beside its place goes there. */
  | { readonly kind: 'place'; readonly upload: UploadChange; readonly owes: readonly string[] }
  | { readonly kind: 'run'; readonly run: Argv; readonly owes: readonly string[] }
  | { readonly kind: 'handle'; readonly handler: Handler };

/**
 * Runs a script that comes on stdin, as root. It is read to its end before it starts, and all of it stands in
 * one function, so that what a broken connection cut off is a syntax error and not half a change. Nothing of it
 * shows in a process list.
 */
export const runsScript: Argv = [
  'sh',
  '-c',
  'script=$(cat); if [ "$(id -u)" = 0 ]; then eval "$script"; else printf %s "$script" | sudo -n sh -c \'eval "$(cat)"\'; fi',
];

/** Stands in the history of apt beside what a step installed. */
export const updatesMark = 'DPkg::Lock::Timeout=60';

/** A script that does all of `actions`, stopping at the first that fails, then asks `questions`. */
export const scriptOf = (actions: readonly Action[], questions: readonly string[]): string =>
  [
    'main() {',
    'umask 022; export LC_ALL=C DEBIAN_FRONTEND=noninteractive',
    'tell() { printf \'%s\\n%s\\0\' "$1" "$2"; }',
    'did() { tell "$1" "$2"; [ "$1" = 0 ] || exit 0; }',
    ...(actions.length > 0 ? helpers : []),
    ...actions.map(actionLine),
    ...questions,
    '}',
    'main',
  ].join('\n');

/** The command line that a person would run by hand. */
export function commandOf(action: Action): string {
  if (action.kind === 'lock') return `flock ${action.file}`;
  if (action.kind === 'install') return `apt-get install ${action.packages.join(' ')}`;
  if (action.kind === 'put') return `put ${action.put.path} ${action.put.mode} ${action.put.owner}`;
  if (action.kind === 'place')
    return `place ${action.upload.path} ${action.upload.mode} ${action.upload.owner}`;
  return quoteArgv(action.kind === 'run' ? action.run : action.handler.run);
}

function actionLine(action: Action): string {
  switch (action.kind) {
    case 'lock':
      return lockLine(action);
    case 'install':
      return done(`install_packages ${quoteArgv(action.packages)}`);
    case 'put':
      return done(`${owing(action.owes)}${putLine(action.put)}`, base64Of(action.put));
    case 'place':
      return done(`${owing(action.owes)}${placeLine(action.upload)}`);
    case 'run':
      return done(`${owing(action.owes)}${quoteArgv(action.run)}`);
    case 'handle':
      return done(
        `${owing(revivals(action.handler))}${quoteArgv(action.handler.run)} && rm -f ${owedFolder}/${quoteWord(action.handler.name)}`,
      );
  }
}

/** The kernel frees it with the script, however that ends; another script of ours is waited for. What the script starts does not inherit it. */
const lockLine = ({ file, holder }: Action & { readonly kind: 'lock' }): string =>
  [
    `exec 9>>${quoteWord(file)} || did 1 "$(ls -ld ${quoteWord(file)} 2>&1)"`,
    `flock --nonblock 9 || { case $(cat ${quoteWord(file)}) in ${quoteWord(`${holder}, since `)}*) flock --timeout ${ownWaitS} 9;; *) false;; esac; } \\
  || did ${lockedStatus} "$(cat ${quoteWord(file)})"`,
    `printf '%s, since %s' ${quoteWord(holder)} "$(date --utc +%FT%TZ)" > ${quoteWord(file)}; did $? ''`,
  ].join('\n');

// What a broken connection left running ends before we go on.
const ownWaitS = 60;

/** Ends the answer of a lock that somebody else holds. */
export const lockedStatus = 75;

/** What the handler leaves with a dead connection is owed until someone has restarted it. */
const revivals = ({ breaks }: Handler): readonly string[] => (breaks ?? []).map(revivalOf);

const putLine = ({ path, mode, owner, check }: PutChange): string =>
  quoteArgv(['put', path, mode, owner, check === undefined ? '' : quoteArgv(check)]);

const base64Of = ({ content }: PutChange): string =>
  Buffer.from(textOf(content)).toString('base64').replaceAll(/.{76}/g, '$&\n');

/** Written before the change, so that a run that dies in between leaves the handler to the next one. */
const owing = (names: readonly string[]): string =>
  names.length === 0
    ? ''
    : `mkdir -p ${owedFolder} && touch ${names.map((name) => `${owedFolder}/${quoteWord(name)}`).join(' ')} && `;

const done = (line: string, input?: string): string =>
  input === undefined
    ? `out=$({ ${line}; } 2>&1 </dev/null 9>&-); did $? "$out"`
    : `out=$({ ${line}; } 2>&1 9>&- <<'END-OF-FILE'\n${input}\nEND-OF-FILE\n); did $? "$out"`;

// A file is there whole or not at all: written beside its place, flushed, then renamed. A name that begins with
// a dot is read by none of the programs that take every file of a folder.
const helpers = [
  placeFunction,
  `put() {
    folder=\${1%/*} name=\${1##*/}
    new=$folder/.$name.sla-new old=$folder/.$name.sla-old
    rm -f "$old"
    mkdir -p "$folder" && (umask 077; base64 -d > "$new") && chmod "$2" "$new" && chown "$3" "$new" \\
      && sync "$new" && { [ ! -e "$1" ] || [ -z "$4" ] || cp -p "$1" "$old"; } && mv -fT "$new" "$1" \\
      || { status=$?; rm -f "$new" "$old"; return $status; }
    [ -z "$4" ] || eval "$4" || { status=$?; if [ -e "$old" ]; then mv -fT "$old" "$1"; else rm -f "$1"; fi; return $status; }
    rm -f "$old"
  }`,
  // Lists of packages are read from the network only when what is cached does not do.
  `install_packages() {
    [ -z "$(ls /var/lib/dpkg/updates 2>/dev/null)" ] || dpkg --force-confold --configure -a
    apt_install "$@" || { apt-get -q update && apt_install "$@"; }
  }
  apt_install() {
    apt-get -qq -o ${updatesMark} -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \\
      install --yes --no-install-recommends -- "$@"
  }`,
];
