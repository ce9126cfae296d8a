import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../cli/agentBundle.ts';
import { askAgent } from '../../core/agentClient.ts';
import type { Recorded } from '../../core/ledger/ledger.ts';
import { withSession } from '../../core/session.ts';
import { checkoutPath } from '../../core/state.ts';
import type { ScheduleView } from '../../schedule/view.ts';
import { eventually, hostOf, onHost, sla, slaFailure, slaJson, slaOk, testLab } from './lab.ts';

type Found = ScheduleView & { readonly recent: readonly Recorded[]; readonly spooled: number };

const onDocker = (line: string): Promise<string> => onHost(testLab(), 'docker', 'sh', '-c', line);
const ask = async (method: 'GET' | 'POST', path: string): Promise<{ status: number; body: unknown }> =>
  withSession(hostOf(testLab(), 'docker'), (docker) => askAgent(docker, method, path));
const schedule = (): Promise<Found> => slaJson<Found>(testLab(), ['schedule']);

/** The whole ledger, page by page. */
async function allEvents(): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for (;;) {
    const { body } = await ask('GET', `/events?after=${events.length}`);
    const page = (body as { events: readonly Recorded[] }).events;
    events.push(...page);
    if (page.length === 0) return events;
  }
}
const commandsIn = (events: readonly Recorded[]): readonly string[] =>
  events.flatMap((event) => (event.kind === 'command run' ? [event.data.words.join(' ')] : []));
const answers = () =>
  eventually('the agent answers', async () => (await ask('GET', '/schedule').catch(() => undefined)) && true);

describe('the agent', () => {
  it('runs where it was deployed, and shows what comes next', async () => {
    const found = await schedule();
    expect(found.zone).toBe('Europe/Paris');
    expect(found.jobs.map(({ name }) => name)).toContain('copy ledger');
    for (const { nextMs } of found.jobs) expect(nextMs).toBeGreaterThan(found.nowMs - 60_000);
  });

  it('is no drift, and a second converge brings nothing', async () => {
    const again = await slaJson<{ changes: number; hosts: { trips: number }[] }>(testLab(), ['converge']);
    expect([again.changes, again.hosts.map(({ trips }) => trips)]).toEqual([0, [1, 1, 1]]);
    expect(await slaJson<{ drift: number }>(testLab(), ['drift', 'docker'])).toMatchObject({ drift: 0 });
  });

  it('is scraped by Prometheus', async () => {
    const query = encodeURIComponent('sla_job_next_seconds{job="agent"}');
    const { urls } = await slaJson<{ urls: { prometheus: string } }>(testLab(), ['status']);
    await eventually('Prometheus has a series of the agent', async () => {
      const response = await fetch(`${urls.prometheus}/api/v1/query?query=${query}`);
      const { data } = (await response.json()) as { data: { result: unknown[] } };
      return data.result.length > 0 ? data.result : undefined;
    });
  });

  it('lets nobody but root to its socket, and cannot write what is not its own', async () => {
    expect(await onDocker('stat -c "%a %U:%G" /run/sla/agent.sock')).toBe('660 root:root');
    const pid = await onDocker('systemctl show --property=MainPID --value sla-agent');
    expect(await onDocker(`nsenter --mount --target ${pid} touch /etc/x 2>&1 || true`)).toContain(
      'Read-only',
    );
  });
});

describe('what the CLI does', () => {
  it('is in the ledger once', async () => {
    const before = commandsIn(await allEvents()).length;
    await slaOk(testLab(), ['vote', 'A']);
    const told = commandsIn(await allEvents()).slice(before);
    expect(told.length).toBe(1);
    expect(told[0]).toMatch(/^vote .*A$/);
  });

  it('waits here while the agent is stopped, and is delivered once', async () => {
    const before = commandsIn(await allEvents()).length;
    await onDocker('systemctl stop sla-agent');
    try {
      await slaOk(testLab(), ['vote', 'A']);
      await slaOk(testLab(), ['vote', 'B']);
      expect(await slaFailure(testLab(), ['schedule'])).toMatchObject({ code: 'agent-away', exitStatus: 49 });
    } finally {
      await onDocker('systemctl start sla-agent');
    }
    await answers();
    expect((await schedule()).spooled).toBe(0);
    expect((await schedule()).spooled).toBe(0);
    const told = commandsIn(await allEvents()).slice(before);
    expect(told.map((words) => words.at(-1))).toEqual(['A', 'B']);
  });
});

describe('its programs', () => {
  const node = '/var/lib/sla/program/node';
  const sum = () => onDocker(`sha256sum < ${node} | cut -d " " -f 1`);
  /** In the place of the right one, which runs and cannot be written to. */
  const replaceNode = () =>
    onDocker(`cp ${node} ${node}.other && printf x >> ${node}.other && mv -f ${node}.other ${node}`);

  it('are the old or the new ones, whenever a converge is killed', async () => {
    const right = await sum();
    await replaceNode();
    const wrong = await sum();
    for (let round = 0; round < 6; round += 1) {
      await sla(testLab(), ['converge', 'docker'], {
        onStart: (child) => void setTimeout(() => child.kill('SIGKILL'), 400 + Math.random() * 2000),
      });
      expect([right, wrong]).toContain(await sum());
    }
    // What the last one left running over there has ended, or is waited for.
    await eventually(
      'the host can be converged',
      async () => (await sla(testLab(), ['converge', 'docker'])).exitStatus === 0 || undefined,
    );
    expect(await sum()).toBe(right);
    expect(await onDocker('ls -A /var/lib/sla/program | sort | xargs')).toBe(
      'agent.cjs agent.cjs.sum node node.sum',
    );
  });

  it('that do not fit are refused by name, and the old ones stay', async () => {
    const right = await sum();
    await replaceNode();
    const wrong = await sum();
    await onDocker(
      'fallocate -l $(($(df --output=avail -B1 /var/lib/sla | tail -n 1) - 50000000)) /var/lib/sla/filler',
    );
    try {
      expect(await slaFailure(testLab(), ['converge', 'docker'])).toMatchObject({
        code: 'disk-too-small',
        message: expect.stringMatching(
          /^\/var\/lib\/sla\/program\/node of \d+ bytes does not fit on docker$/,
        ),
        cause: expect.stringMatching(/\d+ bytes are free/),
      });
      expect(await sum()).toBe(wrong);
    } finally {
      await onDocker('rm -f /var/lib/sla/filler');
    }
    await slaOk(testLab(), ['converge', 'docker']);
    expect(await sum()).toBe(right);
  });
});

describe('an agent that is killed', () => {
  beforeAll(async () => {
    const { code } = await bundle(join(checkoutPath, 'test/lab/slowAgent.ts'));
    await withSession(hostOf(testLab(), 'docker'), async (docker) => {
      await docker.exec(['sh', '-c', 'cat > /var/lib/sla/program/agent.cjs'], code);
      await docker.exec(['systemctl', 'restart', 'sla-agent']);
    });
    await answers();
  });
  afterAll(async () => {
    await onDocker('rm -f /var/lib/sla/ledger/marks');
    await slaOk(testLab(), ['converge', 'docker']);
  });

  it('records its job as cut off, begins none again, and loses nothing', async () => {
    const before = (await allEvents()).length;
    for (let round = 0; round < 12; round += 1) {
      await answers();
      expect((await ask('POST', '/jobs/slow')).status).toBe(202);
      // From before the job begins until after it has ended.
      await sleep(Math.random() * 600);
      await onDocker('systemctl kill --signal=KILL sla-agent');
    }
    await answers();
    const events = (await allEvents()).slice(before);
    const started = events.flatMap((event) => (event.kind === 'job started' ? [event.data.run] : []));
    const ended = events.flatMap((event) => (event.kind === 'job ended' ? [event.data] : []));
    const marks = (await onDocker('cat /var/lib/sla/ledger/marks')).split('\n');
    const count = (mark: string) => marks.filter((line) => line === mark).length;
    expect(new Set(started).size).toBe(started.length);
    expect(ended.map(({ run }) => run).toSorted()).toEqual(started.toSorted());
    // What began is written down before it begins; what is written as ended well has ended.
    expect(count('begun')).toBeLessThanOrEqual(started.length);
    expect(started.length).toBeLessThanOrEqual(12);
    const well = ended.filter(({ outcome }) => outcome === 'ok').length;
    expect(count('done')).toBeGreaterThanOrEqual(well);
    expect(ended.filter(({ outcome }) => outcome === 'cut off').length).toBe(ended.length - well);
    expect(ended.length - well).toBeGreaterThan(0);
  });

  it('holds no store any more', async () => {
    await ask('POST', '/jobs/slow');
    await eventually(
      'the job holds its store',
      async () =>
        (await onDocker('flock -n /run/lock/sla-test.lock true && echo free || echo held')) === 'held' ||
        undefined,
    );
    await onDocker('systemctl kill --signal=KILL sla-agent');
    await eventually(
      'the store is free',
      async () =>
        (await onDocker('flock -n /run/lock/sla-test.lock true && echo free || echo held')) === 'free' ||
        undefined,
    );
  });

  it('that is stopped instead ends its job, and says so', async () => {
    await answers();
    await ask('POST', '/jobs/slow');
    await onDocker('systemctl restart sla-agent');
    await answers();
    const kinds = (await allEvents()).slice(-4);
    expect(kinds.map(({ kind }) => kind)).toEqual([
      'job started',
      'job ended',
      'agent stopped',
      'agent started',
    ]);
    expect(kinds[1]).toMatchObject({ data: { outcome: 'cut off', said: 'the agent was stopped' } });
  });
});
