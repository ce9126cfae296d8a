import { afterEach, describe, expect, it } from 'vitest';
import { hostNames } from '../../core/application.ts';
import { docker, eventually, mend, onHost, ownLabOf, slaJson, statusOf, testSubstrate } from './lab.ts';
import { scoresByCurl } from './scores.ts';

// Not the lab that all tests share: that one carries all that is declared.
const ownLab = ownLabOf('delivered', '--delivered');

describe('the weaknesses of the delivered application', () => {
  afterEach(() => mend(ownLab(), '--delivered'));

  it('the vote page answers 200 while redis is down, and only a vote shows it', async () => {
    const { urls } = await statusOf(ownLab());
    await onHost(ownLab(), 'db', 'systemctl', 'stop', 'redis-server.service');
    expect((await fetch(urls.vote)).status).toBe(200);
    const vote = await fetch(urls.vote, { method: 'POST', body: new URLSearchParams({ vote: 'a' }) });
    expect(vote.status).toBe(500);
    await onHost(ownLab(), 'db', 'systemctl', 'start', 'redis-server.service');
  });

  it('a restart of the database freezes the result page and ends the worker with status 1', async () => {
    const { urls } = await statusOf(ownLab());
    await onHost(ownLab(), 'db', 'systemctl', 'restart', 'postgresql@17-main.service');
    const properties = ['ActiveState', 'ExecMainStatus', 'Restart', 'NRestarts'];
    const shown = await eventually('the worker has ended', async () => {
      const text = await onHost(
        ownLab(),
        'app',
        'systemctl',
        'show',
        'worker.service',
        `--property=${properties.join(',')}`,
      );
      return text.includes('ActiveState=failed') ? text : undefined;
    });
    expect(shown.split('\n').toSorted()).toEqual([
      'ActiveState=failed',
      'ExecMainStatus=1',
      'NRestarts=0',
      'Restart=no',
    ]);
    expect((await fetch(urls.result)).status).toBe(200);
    expect(scoresByCurl(urls.result, 1)).toBeUndefined();
  });
});

describe('what the client delivered', () => {
  it('has no restart policy on any container', async () => {
    const policies = await onHost(
      ownLab(),
      'app',
      'docker',
      'inspect',
      '--format',
      '{{.Name}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}}',
      'vote',
      'result',
    );
    expect(policies.split('\n')).toEqual(['/vote no 0', '/result no 0']);
  });

  it.skipIf(testSubstrate === 'vm')('has none on the hosts themselves', () => {
    const machines = [...hostNames, 'mailbox'].map((name) => `${ownLab().name}-${name}`);
    expect(docker('inspect', '--format', '{{.HostConfig.RestartPolicy.Name}}', ...machines)).toBe(
      machines.map(() => 'no').join('\n'),
    );
  });

  it('has default credentials, and a redis that asks for none', async () => {
    const inApp = (script: string) => onHost(ownLab(), 'app', 'bash', '-euc', script);
    expect(await inApp('exec 3<>/dev/tcp/redis/6379; printf "PING\\r\\n" >&3; head -n 1 <&3')).toBe('+PONG');
    expect(
      await onHost(
        ownLab(),
        'db',
        'env',
        'PGPASSWORD=postgres',
        'psql',
        '--host=db',
        '--username=postgres',
        '--no-psqlrc',
        '--tuples-only',
        '--no-align',
        '--command=SELECT 1',
      ),
    ).toBe('1');
  });
});

describe('an up that leaves the hosts as delivered', () => {
  it('finds nothing to do the second time, and a plain one makes all that is declared', async () => {
    const dry = () =>
      slaJson<{ isEmpty: boolean; steps: number }>(ownLab(), ['up', '--dry-run', '--delivered']);
    expect(await dry()).toMatchObject({ isEmpty: true, steps: 0 });
    const { steps } = await slaJson<{ steps: number }>(ownLab(), ['up', '--dry-run']);
    expect(steps).toBeGreaterThan(50);
  });
});
