import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describeMachine } from './machine.ts';
import { type Row, renderTable } from './table.ts';

/** What a measurement leaves in bench/results. */
export interface Page {
  /** Of the program and of its page: `up` is bench/up.ts and bench/results/up.md. */
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** What the figures are of, in lines. */
  readonly about: readonly string[];
}

/** Writes the page and prints it; gives the file. */
export async function publish(checkout: string, { name, title, rows, about }: Page): Promise<string> {
  const text = [
    `# ${title}`,
    '',
    `Written by \`node bench/${name}.ts\`; do not edit.`,
    '',
    ...(await describeMachine(checkout)).map((line) => `- ${line}`),
    '',
    renderTable(rows),
    '',
    ...about,
    '',
  ].join('\n');
  const file = join(import.meta.dirname, 'results', `${name}.md`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(text);
  return file;
}
