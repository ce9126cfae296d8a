/** A file of a multi-part append-only file, as its manifest tells. */
export interface AofFile {
  readonly name: string;
  readonly sequence: number;
  /** The offset of the replication stream at its begin, and at its end once it was closed in good order. */
  readonly startOffset?: number;
  readonly endOffset?: number;
}

export interface Manifest {
  /** The snapshot that the others build on. */
  readonly base: AofFile | undefined;
  /** In their order. */
  readonly increments: readonly AofFile[];
}

/** Reads a manifest; files that are history already are left out. */
export function parseManifest(text: string): Manifest {
  const files = text
    .split('\n')
    .filter((line) => line.startsWith('file '))
    .map((line) => fieldsOf(line));
  return {
    base: files.filter(({ type }) => type === 'b').map(fileOf)[0],
    increments: files
      .filter(({ type }) => type === 'i')
      .map(fileOf)
      .sort((left, right) => left.sequence - right.sequence),
  };
}

/** `file appendonly.aof.2.incr.aof seq 2 type i startoffset 14`: pairs of names and values. */
function fieldsOf(line: string): Readonly<Record<string, string>> {
  const words = line.trim().split(' ');
  const pairs = words.flatMap((word, at) => (at % 2 === 0 ? [[word, words[at + 1] ?? '']] : []));
  return Object.fromEntries(pairs);
}

const fileOf = ({ file, seq, startoffset, endoffset }: Readonly<Record<string, string>>): AofFile => ({
  name: file ?? '',
  sequence: Number(seq),
  ...(startoffset !== undefined && { startOffset: Number(startoffset) }),
  ...(endoffset !== undefined && { endOffset: Number(endoffset) }),
});
