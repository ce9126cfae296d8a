import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createApp as resultApp } from '../../lab/result/app.ts';
import { openLive } from '../../lab/result/live.ts';
import { publishScores } from '../../lab/result/scores.ts';
import { createApp as voteApp } from '../../lab/vote/app.ts';
import type { Vote } from '../../lab/vote/queue.ts';

/** The client's two pages on this machine, with one map for queue, worker and table. */
export interface Twin extends AsyncDisposable {
  readonly urls: { readonly vote: string; readonly result: string };
  readonly votes: Map<string, string>;
  /** What becomes of a vote behind the vote page. */
  fate: 'counted' | 'lost' | 'refused';
  /** A result page that has lost its database sends nothing. */
  isFrozen: boolean;
}

export async function openTwin(): Promise<Twin> {
  const options = { a: 'Cats', b: 'Dogs' };
  const push = async ({ voter_id, vote }: Vote) => {
    if (twin.fate === 'refused') throw new Error('connect ECONNREFUSED');
    if (twin.fate === 'counted') twin.votes.set(voter_id, vote);
  };
  const [vote, result] = await Promise.all([
    listen(voteApp({ options, containerId: 'f00', queue: { push }, log: () => undefined }).fetch),
    listen(resultApp(options).fetch),
  ]);
  const live = openLive(result);
  const publishing = setInterval(() => {
    if (twin.isFrozen) return;
    const emit = (scores: string) => void live.emit('scores', scores);
    void publishScores({ query: async () => rowsOf(twin.votes) }, emit, () => undefined);
  }, 5);
  const twin: Twin = {
    urls: { vote: addressOf(vote), result: addressOf(result) },
    votes: new Map(),
    fate: 'counted',
    isFrozen: false,
    async [Symbol.asyncDispose]() {
      clearInterval(publishing);
      await live.close();
      vote.close();
    },
  };
  return twin;
}

const rowsOf = (votes: ReadonlyMap<string, string>) =>
  Object.entries(Object.groupBy(votes.values(), (vote) => vote)).map(([vote, all = []]) => ({
    vote,
    count: String(all.length),
  }));

async function listen(fetch: Parameters<typeof serve>[0]['fetch']): Promise<HttpServer> {
  const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }) as HttpServer;
  await once(server, 'listening');
  return server;
}

const addressOf = (server: HttpServer): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
