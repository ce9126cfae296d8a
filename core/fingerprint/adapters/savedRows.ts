import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import type { RowDigest, RowRequest, RowSource } from '../rows.ts';
import { totalOf } from '../sums.ts';
import type { Bucketing, TableState } from '../types.ts';

/** The first line of a file; the others are bucket, hash and key (as JSON), between tabs. */
interface Header {
  readonly format: 1;
  readonly table: string;
  readonly bucketing: Bucketing;
}

/**
 * Saves key and row hash of every row, so that rows can be named when the database they were read from is gone.
 * One zstd file per table, whole or not at all, readable by its owner: keys are data. Tables with more rows than
 * `maxRows` are skipped; the names of those saved are given. About 20 bytes a row.
 */
export async function saveRows(
  folder: string,
  source: RowSource,
  tables: readonly TableState[],
  { maxRows = 1_000_000 }: { readonly maxRows?: number } = {},
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const saved: string[] = [];
  for (const { name, bucketing, buckets } of tables) {
    if (totalOf(buckets).rows > maxRows) continue;
    const rows = source.rows({ table: name, bucketing, buckets: buckets.map(({ bucket }) => bucket) });
    if (!rows) continue;
    await saveTable(join(folder, fileName(name)), { format: 1, table: name, bucketing }, rows);
    saved.push(name);
  }
  return saved;
}

/** What `saveRows` wrote. A table that was not saved, or under another bucketing, is not there. */
export async function openSavedRows(folder: string): Promise<RowSource> {
  const headers = new Map<string, Header>();
  for (const name of (await readdir(folder)).filter((file) => file.endsWith(ending))) {
    const path = join(folder, name);
    for await (const line of linesOf(path)) {
      headers.set(path, JSON.parse(line) as Header);
      break;
    }
  }
  return {
    rows(request) {
      const path = join(folder, fileName(request.table));
      const header = headers.get(path);
      if (!header || JSON.stringify(header.bucketing) !== JSON.stringify(request.bucketing)) return undefined;
      return readTable(path, request);
    },
  };
}

const ending = '.rows.zst';

const fileName = (table: string): string => `${encodeURIComponent(table)}${ending}`;

async function saveTable(path: string, header: Header, rows: AsyncIterable<RowDigest>): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  await pipeline(
    Readable.from(chunksOf(header, rows)),
    createZstdCompress(),
    createWriteStream(draft, { mode: 0o600, flush: true }),
  );
  await rename(draft, path);
  await using folder = await open(join(path, '..'));
  await folder.sync();
}

const chunkLength = 64 * 1024;

async function* chunksOf(header: Header, rows: AsyncIterable<RowDigest>): AsyncIterable<string> {
  let chunk = `${JSON.stringify(header)}\n`;
  for await (const { bucket, hash, key } of rows) {
    chunk += `${bucket}\t${hash}\t${JSON.stringify(key)}\n`;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

async function* readTable(path: string, { buckets }: RowRequest): AsyncIterable<RowDigest> {
  const wanted = new Set(buckets);
  let isHeader = true;
  for await (const line of linesOf(path)) {
    const [bucket = '', hash = '', key = ''] = line.split('\t');
    if (!isHeader && wanted.has(Number(bucket))) yield { bucket: Number(bucket), hash, key: JSON.parse(key) };
    isHeader = false;
  }
}

/** Not by readline, which also breaks a line at U+2028 and U+2029: keys may hold them. */
async function* linesOf(path: string): AsyncIterable<string> {
  const file = createReadStream(path);
  const text = file.pipe(createZstdDecompress()).setEncoding('utf8');
  file.on('error', (error) => text.destroy(error));
  try {
    let rest = '';
    for await (const chunk of text) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } finally {
    file.destroy();
  }
}
