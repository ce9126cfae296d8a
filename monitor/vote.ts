import { randomBytes } from 'node:crypto';
import { messageOf, SlaError } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { watchScores } from './adapters/scores.ts';
import type { PageUrls, Scores } from './types.ts';

export type Choice = 'a' | 'b';

export interface CountedVote {
  readonly voterId: string;
  readonly choice: Choice;
  readonly before: Scores;
  readonly after: Scores;
  /** From the click to the result page. */
  readonly countedAfterMs: number;
}

/** Voters that start with this are the suite's own, and are removed again. */
export const probePrefix = 'sla-probe-';

export const newProbeVoter = (): string => `${probePrefix}${randomBytes(6).toString('hex')}`;

/**
 * Casts a vote on the vote page and waits until the result page shows it. Without `voterId` the page gives
 * one, as it does to a new visitor. Errors: `page-down`, `vote-lost`.
 */
export async function castAndCount(
  urls: PageUrls,
  choice: Choice,
  { voterId, timeoutMs = 5000 }: { readonly voterId?: string; readonly timeoutMs?: number } = {},
): Promise<CountedVote> {
  await using scores = watchScores(urls.result);
  const before = await scores.next(() => true, timeoutMs);
  if (!before) throw frozen(urls.result, timeoutMs);
  const started = performance.now();
  const voter = await cast(urls.vote, choice, voterId);
  const after = await scores.next((current) => current[choice] > before[choice], timeoutMs);
  if (!after) throw lost(urls, voter, timeoutMs);
  return { voterId: voter, choice, before, after, countedAfterMs: Math.round(performance.now() - started) };
}

/** Removes the votes of the suite's own voters; `host` is db. */
export async function removeProbeVotes(host: Host): Promise<void> {
  await host.exec([
    'runuser',
    '--user',
    'postgres',
    '--',
    'psql',
    '--quiet',
    '--no-psqlrc',
    '--command',
    `DELETE FROM votes WHERE id LIKE '${probePrefix}%'`,
  ]);
}

async function cast(url: string, choice: Choice, voterId: string | undefined): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ vote: choice }),
    headers: voterId === undefined ? {} : { cookie: `voter_id=${voterId}` },
    signal: AbortSignal.timeout(6000),
  }).catch((thrown: unknown) => {
    throw new SlaError('page-down', `the vote page ${url} does not answer`, { cause: messageOf(thrown) });
  });
  await response.body?.cancel();
  if (!response.ok) {
    throw new SlaError('page-down', `the vote page ${url} answers a vote with ${response.status}`, {
      remedy: 'run "./sla status": the vote page needs redis',
    });
  }
  return voterId ?? /voter_id=([^;]+)/.exec(response.headers.get('set-cookie') ?? '')?.[1] ?? 'unknown';
}

const frozen = (url: string, timeoutMs: number): SlaError =>
  new SlaError('vote-lost', `the result page ${url} sent no scores within ${timeoutMs / 1000} s`, {
    remedy:
      'run "./sla doctor": a result page that answers but sends nothing has lost its database connection',
  });

const lost = ({ result }: PageUrls, voter: string, timeoutMs: number): SlaError =>
  new SlaError(
    'vote-lost',
    `the vote of ${voter} was accepted but ${result} did not count it within ${timeoutMs / 1000} s`,
    {
      remedy: 'run "./sla doctor" to find the first broken hop between the two pages',
    },
  );
