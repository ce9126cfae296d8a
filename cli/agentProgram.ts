import { createHash } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { agentSocket, backupPorts, places } from '../core/backupLayout.ts';
import { readIfPresent, type StateFolder, writePrivate } from '../core/state.ts';
import type { AgentPrograms } from '../provision/site.ts';
import type { LocalFile } from '../provision/types.ts';
import type { AgentConfig } from './agentConfig.ts';
import { addressOfHost, type Context } from './context.ts';

/** What is deployed to docker. It is built and summed once, and again when its sources changed. */
export async function agentPrograms(
  context: Pick<Context, 'config' | 'hosts' | 'state'>,
): Promise<AgentPrograms> {
  const { config, state } = context;
  const [node, bundle] = await Promise.all([nodeOf(state), bundleOf(state)]);
  const told: AgentConfig = {
    format: 1,
    service: config.service,
    backup: config.backup,
    dbAddress: addressOfHost(context, 'db').address,
    socket: { path: agentSocket, owner: addressOfHost(context, 'docker').user },
    metricsPort: backupPorts.agent,
    ledger: `${places.ledger}/ledger.sqlite`,
  };
  return { node, bundle, config: `${JSON.stringify(told, null, 2)}\n`, metricsPort: backupPorts.agent };
}

/** A build, with the sums of all that went into it. */
interface Built {
  readonly inputs: Readonly<Record<string, string>>;
  readonly file: LocalFile;
}

/** Below the checkout, not the state folder: it is the same for every lab. */
const buildPath = ({ checkout }: StateFolder, name: string): string => join(checkout, '.sla/build', name);

async function bundleOf(state: StateFolder): Promise<LocalFile> {
  const record = buildPath(state, 'agent.json');
  const text = readIfPresent(record);
  const built = text === undefined ? undefined : (JSON.parse(text) as Built);
  if (built && isCurrent(state, built)) return built.file;
  // Loaded for this only: it takes longer than a converge that has nothing to do.
  const { bundle } = await import('./agentBundle.ts');
  const { code, modules } = await bundle(join(state.checkout, 'cli/agentMain.ts'));
  const sha256 = sumOf(code);
  const from = buildPath(state, `agent-${sha256.slice(0, 12)}.cjs`);
  writePrivate(from, code);
  const own = modules.map((path) => relative(state.checkout, path)).filter(isOwn);
  const file = { from, bytes: Buffer.byteLength(code), sha256 };
  writePrivate(
    record,
    JSON.stringify({ inputs: sumsOf(state, [...own, ...fixedInputs]), file } satisfies Built),
  );
  return file;
}

// What comes from packages changes with the lock file, how it is put together with the next.
const fixedInputs = ['package-lock.json', 'cli/agentBundle.ts'];

const isOwn = (path: string): boolean => path.endsWith('.ts') && !path.startsWith('..');

const isCurrent = (state: StateFolder, { inputs, file }: Built): boolean =>
  readIfPresent(file.from) !== undefined &&
  Object.entries(inputs).every(
    ([path, sum]) => sumOf(readIfPresent(join(state.checkout, path)) ?? '') === sum,
  );

const sumsOf = ({ checkout }: StateFolder, paths: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(paths.map((path) => [path, sumOf(readFileSync(join(checkout, path), 'utf8'))]));

const sumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Read once: a hundred megabytes take longer than a whole converge. */
async function nodeOf(state: StateFolder): Promise<LocalFile> {
  const from = join(state.checkout, 'node_modules/node/bin/node');
  const { size, mtimeMs, ino } = statSync(from);
  const stamp = `${from} ${size} ${mtimeMs} ${ino}`;
  const record = buildPath(state, 'node.json');
  const known = JSON.parse(readIfPresent(record) ?? '{}') as { stamp?: string; sha256?: string };
  if (known.stamp === stamp && known.sha256 !== undefined) return { from, bytes: size, sha256: known.sha256 };
  const hash = createHash('sha256');
  await pipeline(createReadStream(from), hash);
  const sha256 = hash.digest('hex');
  writePrivate(record, JSON.stringify({ stamp, sha256 }));
  return { from, bytes: size, sha256 };
}
