import { quoteWord } from '../core/shell.ts';

/** The flags that chose a lab other than the configured one. */
export interface LabFlags {
  readonly config?: string | undefined;
  readonly lab?: string | undefined;
}

/** The commands that a text advises, for the lab that it is about and not for the one without flags. */
export function forSameLab(text: string, { config, lab }: LabFlags): string {
  const flags = [
    ...(config === undefined ? [] : ['--config', quoteWord(config)]),
    ...(lab === undefined ? [] : ['--lab', lab]),
  ];
  if (flags.length === 0) return text;
  const advised =
    /\.\/sla (up|down|status|doctor|vote|ssh|logs|fingerprint|certify|converge|rebuild|adopt|inventory|drift|schedule)\b(?! --(?:lab|config|help))/g;
  return text.replaceAll(advised, `./sla $1 ${flags.join(' ')}`);
}
