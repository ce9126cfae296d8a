import { rolldown } from 'rolldown';

/** One file of plain JavaScript, and the paths of the modules in it. */
export interface Bundle {
  readonly code: string;
  readonly modules: readonly string[];
}

/**
 * Puts a program and all that it imports into one file. As CommonJS: an import of a whole module of Node evaluates
 * everything that it exports, a browser's clients among it, which is a quarter of all the agent's memory.
 */
export async function bundle(entry: string): Promise<Bundle> {
  const build = await rolldown({ input: entry, platform: 'node', plugins: [withoutUnused] });
  try {
    const { output } = await build.generate({ format: 'cjs', codeSplitting: false });
    const [chunk, ...more] = output;
    if (more.length > 0) throw new Error(`${entry} became ${output.length} files instead of one`);
    return { code: chunk.code, modules: chunk.moduleIds };
  } finally {
    await build.close();
  }
}

// Parts of Node that libraries load for what the agent never does: HTTP/2, pushing metrics, several processes.
const unused = new Set(['node:http2', 'https', 'cluster', 'zlib']);

const withoutUnused = {
  name: 'without what is not used',
  resolveId: (id: string) => (unused.has(id) ? `\0unused:${id}` : null),
  load: (id: string) =>
    id.startsWith('\0unused:')
      ? 'export default {}; export const constants = {}; export class Http2ServerRequest {}'
      : null,
};
