import type { Host } from './host.ts';

/** How many votes wait in Redis for the worker; 0 when Redis does not say. `db` is the host of that name. */
export async function waitingVotes(db: Host): Promise<number> {
  const { stdout } = await db.query(['timeout', '10', 'redis-cli', '--raw', 'llen', 'votes']);
  return Number(stdout.trim()) || 0;
}
