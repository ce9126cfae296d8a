import { text } from 'node:stream/consumers';

// Draws what a terminal printed:
//   script -qec './sla status' /dev/null | node docs/pictures/render.ts './sla status' > docs/pictures/status.svg

/** Letters that look the same. `colour` is undefined for the colour of plain text. */
interface Run {
  readonly text: string;
  readonly colour?: string | undefined;
  readonly isBold: boolean;
}

const palette = { plain: '#d5dae3', dim: '#7f8a9c', background: '#171b24', bar: '#1f2530', edge: '#2d3542' };
const colours: Readonly<Record<number, string>> = {
  31: '#f28779',
  32: '#8fd27f',
  33: '#f2c46d',
  34: '#7cb7ff',
  35: '#d3a4f5',
  36: '#79d4cf',
  90: palette.dim,
};

const controlStart = '\u001b';
const size = 14;
const line = 21;
const advance = size * 0.6;
const padding = 26;
const barHeight = 40;

/** An SVG of a terminal window that shows `output`, which may hold ANSI colours, below the command it came from. */
function renderTerminal(command: string, output: string): string {
  const typed: readonly Run[] = [
    { text: '$ ', colour: palette.dim, isBold: false },
    { text: command, isBold: false },
  ];
  const lines = [typed, [], ...output.replaceAll('\r', '').trimEnd().split('\n').map(runsOf)];
  const columns = Math.max(56, ...lines.map((runs) => widthOf(runs)));
  const width = Math.ceil(columns * advance + 2 * padding);
  const height = barHeight + lines.length * line + 2 * padding - 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(command)}">
<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="12" fill="${palette.background}" stroke="${palette.edge}"/>
<path d="M.5 ${barHeight}V12.5a12 12 0 0 1 12-12H${width - 12.5}a12 12 0 0 1 12 12V${barHeight}Z" fill="${palette.bar}" stroke="${palette.edge}"/>
${[0, 1, 2].map((index) => `<circle cx="${24 + index * 20}" cy="${barHeight / 2 + 0.5}" r="5.5" fill="#465063"/>`).join('')}
<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace" font-size="${size}" fill="${palette.plain}">
${lines.map((runs, index) => renderLine(runs, barHeight + padding + 8 + index * line)).join('\n')}
</g>
</svg>
`;
}

/** Each run has its place and its length, so that columns stand straight in whichever font is there. */
function renderLine(runs: readonly Run[], y: number): string {
  let column = 0;
  return runs
    .map(({ text, colour, isBold }) => {
      const word = text.trim();
      const x = padding + (column + text.length - text.trimStart().length) * advance;
      column += [...text].length;
      if (word === '') return '';
      if (word === '●' || word === '○') return dot(word, x + advance / 2, y - size * 0.34, colour);
      const looks = `${colour === undefined ? '' : ` fill="${colour}"`}${isBold ? ' font-weight="700"' : ''}`;
      const length = rounded([...word].length * advance);
      return `<text x="${rounded(x)}" y="${y}" textLength="${length}"${looks}>${escaped(word)}</text>`;
    })
    .join('');
}

/** Fonts disagree about the size of these two. */
function dot(mark: string, x: number, y: number, colour = palette.plain): string {
  const ink = mark === '●' ? `fill="${colour}"` : `fill="none" stroke="${colour}" stroke-width="1.6"`;
  return `<circle cx="${rounded(x)}" cy="${rounded(y)}" r="${mark === '●' ? 4.2 : 3.6}" ${ink}/>`;
}

/** One line of terminal output as runs; two or more blanks end a run. */
function runsOf(output: string): readonly Run[] {
  let colour: string | undefined;
  let isBold = false;
  let isDim = false;
  const runs: Run[] = [];
  for (const part of output.split(controlStart)) {
    const [, codes = '', plain = part] = /^\[([\d;]*)m(.*)$/.exec(part) ?? [];
    for (const code of codes.split(';').filter(Boolean).map(Number)) {
      if (code === 0 || code === 39) colour = undefined;
      if (code === 0 || code === 22) isBold = isDim = false;
      if (code === 1) isBold = true;
      if (code === 2) isDim = true;
      colour = colours[code] ?? colour;
    }
    for (const text of plain.match(/\s{2,}|^\s+|(?:(?!\s{2,}).)+/g) ?? [])
      runs.push({ text, colour: isDim ? palette.dim : colour, isBold });
  }
  return runs;
}

const widthOf = (runs: readonly Run[]): number => runs.reduce((sum, { text }) => sum + [...text].length, 0);

const rounded = (value: number): number => Math.round(value * 100) / 100;

const escaped = (value: string): string =>
  value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const command = process.argv[2] ?? './sla status';
process.stdout.write(renderTerminal(command, await text(process.stdin)));
