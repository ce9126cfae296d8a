import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkoutPath } from '../core/state.ts';
import { describeMachine } from './machine.ts';
import { type Row, renderTable } from './table.ts';

/** What a measurement leaves behind in bench/results/. */
export interface Page {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly title: string;
  /** The program that wrote it. */
  readonly script: string;
  readonly rows: readonly Row[];
  /** How it was measured. */
  readonly note: string;
}

/** Writes the page, with what it was measured on, and prints it. */
export async function writePage({ name, title, script, rows, note }: Page): Promise<void> {
  const page = [
    `# ${title}`,
    '',
    `Written by \`node ${script}\`; do not edit.`,
    '',
    ...(await describeMachine(checkoutPath)).map((line) => `- ${line}`),
    '',
    renderTable(rows),
    '',
    note,
    '',
  ].join('\n');
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.md`), page);
  process.stdout.write(page);
}
