import type { RemoteResult } from '../../core/host.ts';
import type { CheckName, Finding } from './findings.ts';

/** What a program says when the place of the drill is at fault, and the copy may be as it should. */
const ofThePlace: readonly { readonly sign: RegExp; readonly why: string }[] = [
  { sign: /No space left on device|Disk quota exceeded/i, why: 'the disk of docker is full' },
  {
    sign: /Cannot allocate memory|was terminated by signal 9|OOMKilled/i,
    why: 'the scratch store had too little memory',
  },
  {
    sign: /Cannot connect to the Docker daemon|Error response from daemon|OCI runtime/i,
    why: 'the engine of docker did not run it',
  },
  // Of pgBackRest: options that are ours, locks, a data directory that is not empty, a signal, a write.
  {
    sign: /ERROR: \[0(30|31|32|37|38|40|47|50|52|54|60|61|62|63|64|94)\]/,
    why: 'pgBackRest could not work in the scratch folder',
  },
];

/** Of timeout(1), of the engine, and of shells that do not find a program; the last is a kill. */
const statuses: Readonly<Record<number, string>> = {
  124: 'it was not done in time',
  125: 'the engine of docker did not run it',
  126: 'a program cannot be run on docker',
  127: 'a program is missing on docker',
  137: 'it was killed',
};

/**
 * What a program's end says of the copy. Whatever is not known to be the fault of the place is taken for one of
 * the copy: a failure that was none costs a look, a damage that was none costs the data.
 */
export function findingFrom(check: CheckName, { exitCode, stdout, stderr }: RemoteResult): Finding {
  if (exitCode === 0) return { check, kind: 'agreed' };
  const said = lastWords(`${stdout}\n${stderr}`);
  const why = ofThePlace.find(({ sign }) => sign.test(`${stdout}\n${stderr}`))?.why ?? statuses[exitCode];
  return why === undefined
    ? { check, kind: 'differs', text: said || `it ended with status ${exitCode}` }
    : { check, kind: 'could not run', text: said === '' ? why : `${why}: ${said}` };
}

const maxWords = 400;

/** The lines that tell most, on one line. */
export function lastWords(said: string): string {
  const lines = said
    .split('\n')
    // What was decrypted with another key is no text.
    .map((line) => line.replaceAll(/[^\x20-\x7e\u00a0-\ufffc]+/g, '?').trim())
    .filter(Boolean);
  const telling = lines.filter((line) => /error|fatal|panic|hint|invalid|corrupt|expected|bad/i.test(line));
  const chosen = (telling.length > 0 ? telling : lines).slice(-4);
  return chosen.join(' · ').slice(0, maxWords);
}
