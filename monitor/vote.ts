import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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

/**
 * Removes the vote of one of the suite's own voters, as soon as it is in PostgreSQL: the result page counts others
 * too, and may have counted one of theirs. `host` is db. Error: `vote-lost`.
 */
export async function removeOwnVote(host: Host, voterId: string, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  const own = `WITH own AS (DELETE FROM votes WHERE id = '${voterId}' RETURNING id) SELECT count(*) FROM own`;
  while ((await ask(host, own)) === '0') {
    if (performance.now() > deadline) {
      throw new SlaError(
        'vote-lost',
        `the vote of ${voterId} is not in PostgreSQL after ${timeoutMs / 1000} s`,
        {
          remedy:
            'run "./sla doctor": the result page counted somebody else\'s vote, and the worker lost this one',
        },
      );
    }
    await sleep(100);
  }
}

/** Removes what probes that were killed left. `host` is db. */
export const removeProbeVotes = (host: Host): Promise<string> =>
  ask(host, `DELETE FROM votes WHERE id LIKE '${probePrefix}%'`);

const ask = async (host: Host, query: string): Promise<string> =>
  (await host.exec(['runuser', '--user', 'postgres', '--', ...psql, `--command=${query}`])).stdout.trim();

const psql = ['psql', '--quiet', '--no-psqlrc', '--tuples-only', '--no-align'];

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
