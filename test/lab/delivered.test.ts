import { afterEach, describe, expect, it } from 'vitest';
import { hostNames } from '../../core/application.ts';
import { docker, eventually, mend, onHost, statusOf, testLab } from './lab.ts';
import { scoresByCurl } from './scores.ts';

describe('the weaknesses of the delivered application', () => {
  afterEach(() => mend(testLab()));

  it('the vote page answers 200 while redis is down, and only a vote shows it', async () => {
    const { urls } = await statusOf(testLab());
    await onHost(testLab(), 'db', 'systemctl', 'stop', 'redis-server.service');
    expect((await fetch(urls.vote)).status).toBe(200);
    const vote = await fetch(urls.vote, { method: 'POST', body: new URLSearchParams({ vote: 'a' }) });
    expect(vote.status).toBe(500);
    await onHost(testLab(), 'db', 'systemctl', 'start', 'redis-server.service');
  });

  it('a restart of the database freezes the result page and ends the worker with status 1', async () => {
    const { urls } = await statusOf(testLab());
    await onHost(testLab(), 'db', 'systemctl', 'restart', 'postgresql@17-main.service');
    const properties = ['ActiveState', 'ExecMainStatus', 'Restart', 'NRestarts'];
    const shown = await eventually('the worker has ended', async () => {
      const text = await onHost(
        testLab(),
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
      testLab(),
      'app',
      'docker',
      'inspect',
      '--format',
      '{{.Name}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.Memory}}',
      'vote',
      'result',
    );
    expect(policies.split('\n')).toEqual(['/vote no 0', '/result no 0']);
    const machines = [...hostNames, 'mailbox'].map((name) => `${testLab().name}-${name}`);
    expect(docker('inspect', '--format', '{{.HostConfig.RestartPolicy.Name}}', ...machines)).toBe(
      machines.map(() => 'no').join('\n'),
    );
  });

  it('has default credentials, and a redis that asks for none', async () => {
    const inApp = (script: string) => onHost(testLab(), 'app', 'bash', '-euc', script);
    expect(await inApp('exec 3<>/dev/tcp/redis/6379; printf "PING\\r\\n" >&3; head -n 1 <&3')).toBe('+PONG');
    expect(
      await onHost(
        testLab(),
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
