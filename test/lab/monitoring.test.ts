import { describe, expect, it } from 'vitest';
import { componentOf } from '../../core/application.ts';
import { eventually, mend, onHost, slaFailure, statusOf, testLab } from './lab.ts';

interface Targets {
  readonly data: {
    readonly activeTargets: readonly {
      readonly labels: Readonly<Record<string, string>>;
      readonly health: string;
      readonly lastError: string;
    }[];
  };
}

interface Samples {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

async function ask<T>(path: string): Promise<T> {
  const { urls } = await statusOf(testLab());
  const response = await fetch(`${urls.prometheus}/api/v1/${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

describe('prometheus', () => {
  it('reaches itself, blackbox, every probe and the three node exporters', async () => {
    const targets = await eventually('every target has been scraped and is up', async () => {
      const { data } = await ask<Targets>('targets');
      return data.activeTargets.every(({ health }) => health === 'up') ? data.activeTargets : undefined;
    });
    const hostsOf = (job: string) =>
      targets.filter(({ labels }) => labels.job === job).map(({ labels }) => labels.host);
    expect(hostsOf('node').toSorted()).toEqual(['app', 'db', 'docker']);
    expect(new Set(targets.map(({ labels }) => labels.job)).size).toBeGreaterThanOrEqual(4);
  });

  it('sees the pages and both stores through blackbox', async () => {
    const samples = await eventually('every probe succeeds', async () => {
      const { data } = await ask<Samples>('query?query=probe_success');
      const all = data.result;
      return all.length === 4 && all.every(({ value }) => value[1] === '1') ? all : undefined;
    });
    const ports = (['vote', 'result', 'postgres', 'redis'] as const).map((name) => componentOf(name).port);
    for (const port of ports)
      expect(samples.some(({ metric }) => metric.instance?.includes(`:${port}`))).toBe(true);
  });

  it('says whose port is taken when it cannot have its own', async () => {
    const { urls } = await statusOf(testLab());
    const { port } = new URL(urls.prometheus);
    try {
      await onHost(testLab(), 'docker', 'docker', 'rm', '--force', 'sla-prometheus');
      const squatter = [
        'systemd-socket-activate',
        '--listen',
        `0.0.0.0:${port}`,
        '--inetd',
        '--accept',
        'cat',
      ];
      await onHost(testLab(), 'docker', 'systemd-run', '--unit=squatter', ...squatter);
      expect(await slaFailure(testLab(), ['up'])).toMatchObject({
        exitStatus: 12,
        code: 'port-taken',
        message: `port ${port} of the docker host of lab ${testLab().name} is in use`,
        cause: expect.stringContaining('address already in use'),
        remedy: expect.stringContaining('./sla ssh docker ss'),
      });
    } finally {
      await onHost(testLab(), 'docker', 'systemctl', 'stop', 'squatter.service');
      await mend(testLab());
    }
  });
});
