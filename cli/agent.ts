import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { follow } from '../backup/journal/follow.ts';
import { backupPorts, places } from '../core/backupLayout.ts';
import { messageOf } from '../core/errors.ts';
import type { Host } from '../core/host.ts';
import { localHost } from '../core/localHost.ts';
import { Scheduler } from '../schedule/scheduler.ts';
import type { Job } from '../schedule/types.ts';
import { agentApi } from './agentApi.ts';
import { type AgentConfig, readAgentConfig } from './agentConfig.ts';
import type { JobTools } from './agentJobs.ts';
import { openAgentLedger } from './agentLedger.ts';
import { addAgentMetrics } from './agentMetrics.ts';
import { agentLocks } from './storeLocks.ts';

/** Runs the resident process on docker. It composes; what it is made of does not know of each other. */
export async function runAgent(
  configPath: string,
  jobsWith: (tools: JobTools) => readonly Job[],
): Promise<void> {
  const config = readAgentConfig(configPath);
  // The socket and the ledger are made for their owner only, from their first moment on.
  process.umask(0o077);
  const logger = pino({ base: null, timestamp: false, formatters: { level: (level) => ({ level }) } });
  const log = (message: string, about: Readonly<Record<string, unknown>> = {}) => logger.info(about, message);
  const host = (signal: AbortSignal) => localHost('docker', signal);
  const ledger = await openAgentLedger(config.ledger, host, log);
  const metrics = new Registry();
  const scheduler = new Scheduler({
    jobs: jobsWith({ config, ledger, metrics, host }),
    ledger,
    locks: agentLocks(localHost('docker')),
    clock: { now: () => Date.now(), elapsed: () => performance.now() },
    service: config.service,
    build: process.env.SLA_BUILD ?? 'unknown',
    log,
    onStuck: (job) => {
      // With this process all that the job started ends too, and its stores are free: systemd begins anew.
      logger.fatal({ job }, 'a job does not end; the agent does');
      process.exit(1);
    },
  });
  addAgentMetrics(metrics, ledger, () => scheduler.view());
  const servers = [
    listenOnSocket(config.socket, agentApi(ledger, scheduler)),
    createAdaptorServer({ fetch: metricsPage(metrics).fetch }).listen(config.metricsPort, '0.0.0.0'),
  ];
  // Not by the clock on the wall, which may be set: the scheduler looks at that itself.
  const timer = setInterval(() => scheduler.tick(), 1000);
  logger.info({ jobs: scheduler.view().jobs.length, events: ledger.last() }, 'the agent runs');
  const ended = new AbortController();
  const following = follow({
    replica: places.replica,
    journal: places.journal,
    signal: ended.signal,
    onTrouble: (thrown) => logger.warn({ cause: messageOf(thrown) }, 'the journal of votes stands still'),
    rewrite: { atBytes: rewriteAtBytes, ask: () => askRewrite(host(ended.signal)) },
  });
  const stop = async (why: string): Promise<void> => {
    clearInterval(timer);
    ended.abort();
    for (const server of servers) server.close();
    await Promise.all([scheduler.stop(why), following]);
    ledger[Symbol.dispose]();
    logger.info(why);
    process.exit(0);
  };
  process.once('SIGTERM', () => void stop('the agent was stopped'));
  process.once('SIGINT', () => void stop('the agent was interrupted'));
}

const rewriteAtBytes = 64 * 1024 * 1024;

/** The replica begins its append-only file anew; it never does so by itself. */
const askRewrite = async (docker: Host): Promise<void> =>
  void (await docker.exec(['timeout', '5', 'redis-cli', '-p', String(backupPorts.replica), 'bgrewriteaof']));

const metricsPage = (registry: Registry): Hono =>
  new Hono().get('/metrics', async (context) =>
    context.body(await registry.metrics(), 200, { 'content-type': registry.contentType }),
  );

/** A socket that a killed agent left behind is nobody's. */
function listenOnSocket({ path, owner }: AgentConfig['socket'], api: Hono) {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const server = createAdaptorServer({ fetch: api.fetch });
  return server.listen(path, () => {
    chmodSync(path, 0o660);
    if (owner !== 'root') chownSync(path, Number(execFileSync('id', ['-u', owner])), 0);
  });
}
