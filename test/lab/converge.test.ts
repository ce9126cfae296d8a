import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { HostName } from '../../core/application.ts';
import { readIfPresent } from '../../core/state.ts';
import { convergeHost } from '../../provision/converge.ts';
import { rulesetFor } from '../../provision/firewall/ruleset.ts';
import { firewall, firewallFiles } from '../../provision/firewall/steps.ts';
import { file } from '../../provision/properties/file.ts';
import { installed } from '../../provision/properties/installed.ts';
import type { Phase, Step } from '../../provision/types.ts';
import { hostOf, onHost, ownLabOf, sla, slaFailure, slaJson, type TestLab } from './lab.ts';

// Not the lab that all tests share: that one keeps what is declared.
const ownLab = ownLabOf('converge');

interface Converged {
  readonly steps: number;
  readonly changes: number;
  readonly hosts: readonly { readonly host: string; readonly trips: number }[];
}

const convergeLab = (lab = ownLab(), ...words: readonly string[]) =>
  slaJson<Converged>(lab, ['converge', ...words]);

/** Converges one host to phases of a test. */
const convergeTo = (name: HostName, phases: readonly Phase[]) =>
  convergeHost(
    { host: name, phases },
    { open: () => hostOf(ownLab(), name) },
    { isDryRun: false, narrate: () => undefined, operator: 'a test' },
  );

const steps = (...list: readonly Step[]): readonly Phase[] => [{ name: 'test', steps: list }];

/** Runs a shell line on a host; its trimmed output. */
const on = (name: HostName, line: string): Promise<string> => onHost(ownLab(), name, 'sh', '-c', line);

const letsIn = (name: HostName): Promise<boolean> =>
  hostOf(ownLab(), name).then(
    (host) => {
      host.close();
      return true;
    },
    () => false,
  );

/** The lab of the tests with other settings. */
function withSettings(name: string, provision: object): TestLab {
  const lab = ownLab();
  const configFile = join(dirname(lab.configFile), `${name}.config.ts`);
  const config = readIfPresent(lab.configFile)?.replace(
    /}\s*;\s*$/,
    `,provision:${JSON.stringify(provision)}};`,
  );
  writeFileSync(configFile, config ?? '');
  return { ...lab, configFile };
}

const counts = (lab = ownLab()) => slaJson(lab, ['vote', 'A']);

describe('a converge', () => {
  it('finds nothing to do after up, in one trip a host', async () => {
    const { steps: stepCount, changes, hosts } = await convergeLab();
    expect([changes, hosts.map(({ trips }) => trips)]).toEqual([0, [1, 1, 1]]);
    expect(stepCount).toBeGreaterThanOrEqual(40);
    await counts();
  });

  it('mends what was changed by hand, and a dry run only says so', async () => {
    await on('db', 'rm /etc/systemd/journald.conf.d/50-sla.conf; systemctl stop logrotate.timer');
    const dry = await convergeLab(ownLab(), '--dry-run', 'db');
    expect(dry.changes).toBeGreaterThanOrEqual(2);
    expect((await convergeLab(ownLab(), 'db')).changes).toBe(dry.changes);
    expect((await convergeLab(ownLab(), 'db')).changes).toBe(0);
  });

  it('stops only the hosts where a step fails, tells of all of them, and goes on from there', async () => {
    const folder = '/etc/systemd/journald.conf.d';
    for (const name of ['db', 'docker'] as const) await on(name, `rm -r ${folder}; touch ${folder}`);
    await on('app', `rm -r ${folder}`);
    const { exitStatus, stderr } = await sla(ownLab(), ['converge']);
    expect(exitStatus).toBe(34);
    expect(stderr).toMatch(/50-sla\.conf.* on db ended.*50-sla\.conf.* on docker ended/s);
    expect(stderr).toContain('File exists');
    expect(stderr).toContain(`sla converge --config ${ownLab().configFile} db`);
    await on('app', `test -e ${folder}/50-sla.conf`);
    for (const name of ['db', 'docker'] as const) await on(name, `rm ${folder}`);
    expect((await convergeLab()).changes).toBeGreaterThan(0);
    expect((await convergeLab()).changes).toBe(0);
  });

  it('names a package that does not exist', async () => {
    await expect(convergeTo('app', steps(installed('sla-no-such-package', 'a test')))).rejects.toMatchObject({
      code: 'remote-command-failed',
      cause: expect.stringContaining('sla-no-such-package'),
    });
  });

  it('leaves no part of a file on a full disk', async () => {
    const folder = '/run/sla-test-disk';
    const big = steps(file({ path: `${folder}/big`, content: 'x'.repeat(2_000_000), why: 'a test' }));
    await on('db', `mkdir -p ${folder}; mount -t tmpfs -o size=1m tmpfs ${folder}; echo old > ${folder}/big`);
    try {
      await expect(convergeTo('db', big)).rejects.toMatchObject({
        cause: expect.stringContaining('No space'),
      });
      expect(await on('db', `ls -A ${folder}; cat ${folder}/big`)).toBe('big\nold');
    } finally {
      await on('db', `umount ${folder}`);
    }
    await convergeTo('db', big);
    expect((await convergeTo('db', big)).phases).toEqual([]);
    await on('db', `rm -r ${folder}`);
  });

  it('is told of a connection that was cut, and a rerun goes on', async () => {
    const long: Step = {
      name: 'long',
      why: 'a test',
      asks: [{ kind: 'file', path: '/run/sla-test-done' }],
      diff: (facts) =>
        facts.file('/run/sla-test-done')
          ? []
          : [
              {
                kind: 'run',
                what: 'take long',
                run: ['sh', '-c', `${sessionPid}; sleep 4; touch /run/sla-test-done`],
              },
            ],
    };
    const running = convergeTo('docker', steps(long));
    const outcome = running.then(
      () => 'done',
      (thrown: unknown) => thrown,
    );
    await on(
      'docker',
      'until [ -s /run/sla-test-pid ]; do sleep 0.1; done; kill -9 $(cat /run/sla-test-pid)',
    );
    expect(await outcome).toMatchObject({
      code: 'host-unreachable',
      message: expect.stringContaining('sleep 4'),
    });
    await convergeTo('docker', steps(long));
    expect((await convergeTo('docker', steps(long))).phases).toEqual([]);
    await on('docker', 'rm -f /run/sla-test-*');
  });

  it('lets one operator change a host, and tells the other who it is and since when', async () => {
    await on('docker', 'rm -f /run/sla-slow-* /etc/systemd/journald.conf.d/50-sla.conf');
    const waiting = 'touch /run/sla-slow-begun; sleep 5; touch /run/sla-slow-done';
    const slow: Step = {
      name: 'slow',
      why: 'a test',
      asks: [{ kind: 'file', path: '/run/sla-slow-done' }],
      diff: (facts) =>
        facts.file('/run/sla-slow-done') ? [] : [{ kind: 'run', what: 'wait', run: ['sh', '-c', waiting] }],
    };
    const first = convergeTo('docker', steps(slow));
    await on('docker', 'timeout 30 sh -c "until [ -e /run/sla-slow-begun ]; do sleep 0.1; done"');
    expect(await slaFailure(ownLab(), ['converge', 'docker'])).toMatchObject({
      code: 'lab-busy',
      message: expect.stringMatching(/^docker is being changed by a test, since \d{4}-\d\d-\d\dT/),
    });
    expect((await first).phases.length).toBe(1);
    expect((await convergeLab(ownLab(), 'docker')).changes).toBeGreaterThan(0);
    await on('docker', 'rm -f /run/sla-slow-*');
  });

  it('takes back a firewall that locks us out', async () => {
    const closed = rulesetFor([{ port: 9100, what: 'node_exporter' }]);
    const phases = [{ name: 'files', steps: firewallFiles }, firewall(closed)];
    await expect(convergeTo('docker', phases)).rejects.toMatchObject({ code: 'host-unreachable' });
    const started = performance.now();
    while (!(await letsIn('docker'))) await sleep(500);
    expect(performance.now() - started).toBeLessThan(33_000);
    await convergeLab(ownLab(), 'docker');
    expect((await convergeLab(ownLab(), 'docker')).changes).toBe(0);
  });

  it('says so of a systemd that does not answer, and converges the other hosts', async () => {
    const sockets = ['/run/systemd/private', '/run/dbus/system_bus_socket'];
    await on('docker', sockets.map((socket) => `mv ${socket} ${socket}.aside`).join(';'));
    try {
      const { exitStatus, stderr } = await sla(ownLab(), ['converge']);
      expect([exitStatus, stderr]).toEqual([
        35,
        expect.stringContaining('systemd of docker does not answer'),
      ]);
    } finally {
      await on('docker', sockets.map((socket) => `mv ${socket}.aside ${socket}`).join(';'));
    }
    expect((await convergeLab()).changes).toBe(0);
  });
});

// The process of sshd that holds this session.
const sessionPid =
  'p=$$; until grep -q sshd /proc/$p/comm; do p=$(cut -d" " -f4 /proc/$p/stat); done; echo $p > /run/sla-test-pid';

describe('the proxy', () => {
  afterAll(async () => {
    await convergeLab();
  });

  it('refuses a source that asks too often, and no other', async () => {
    const codes = await on(
      'db',
      "curl -s -o /dev/null -w '%{http_code}\\n' 'http://app:8080/?[1-600]' | sort | uniq -c",
    );
    expect(codes).toMatch(/ 429$/m);
    await counts();
  });

  it('gives the ports back to the containers and takes them again, a command each', async () => {
    const none = withSettings('none', { proxy: 'none' });
    await convergeLab(none, 'app');
    expect((await convergeLab(none, 'app')).changes).toBe(0);
    expect(await on('app', 'systemctl is-active haproxy; docker port vote')).toMatch(
      /inactive[\s\S]*0\.0\.0\.0:8080/,
    );
    await counts();
    await convergeLab(ownLab(), 'app');
    expect((await convergeLab(ownLab(), 'app')).changes).toBe(0);
    expect(await on('app', 'systemctl is-active haproxy; docker port vote')).toMatch(
      /active[\s\S]*127\.0\.0\.1:18080/,
    );
    await counts();
  });
});

describe('the improved worker and result page', () => {
  it('lose no vote while PostgreSQL restarts, and go away with one command', async () => {
    const improved = withSettings('improved', { improved: ['worker', 'result'] });
    await convergeLab(improved, 'app');
    expect((await convergeLab(improved, 'app')).changes).toBe(0);
    const before = await votes();
    const restarting = on(
      'db',
      'systemctl stop postgresql@17-main; sleep 2; systemctl start postgresql@17-main',
    );
    for (let voter = 0; voter < 20; voter += 1) {
      await on(
        'app',
        `curl -sf -o /dev/null -b voter_id=sla-test-${voter} -d vote=a http://127.0.0.1:18080/`,
      );
    }
    await restarting;
    await expect.poll(votes, { timeout: 15_000 }).toBe(before + 20);
    await counts();
    await convergeLab(ownLab(), 'app');
    expect((await convergeLab(ownLab(), 'app')).changes).toBe(0);
    expect(await on('app', 'systemctl show -p ExecStart worker')).not.toContain('improved');
    expect(await on('app', 'ls /opt/voting/improved')).toBe('');
    await on('db', `runuser -u postgres -- psql -qc "DELETE FROM votes WHERE id LIKE 'sla-test-%'"`);
    await counts();
  });
});

const votes = async (): Promise<number> =>
  Number(await on('db', 'runuser -u postgres -- psql -XAtqc "SELECT count(*) FROM votes"'));
