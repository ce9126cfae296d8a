/** A command as its words. It never becomes a string but through `quoteArgv`. */
export type Argv = readonly string[];

/** One POSIX shell line that yields exactly these words again. */
export const quoteArgv = (argv: Argv): string => argv.map(quoteWord).join(' ');

/** One word for a POSIX shell: bare when harmless, else between single quotes. */
export function quoteWord(word: string): string {
  if (/^[A-Za-z0-9_/:=.,@%+-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
