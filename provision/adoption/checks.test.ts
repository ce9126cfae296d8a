import { describe, expect, test } from 'vitest';
import { type Candidate, checksOf } from './checks.ts';
import type { AdoptionQuestion } from './questions.ts';

const good: Readonly<Record<AdoptionQuestion, string>> = {
  sudo: '',
  init: 'systemd\nrunning',
  release: 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian',
  apt: '/usr/bin/apt-get',
  disk: String(10 * 2 ** 30),
  mirrors: 'yes http://deb.debian.org/debian',
  ports: 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=1,fd=3))',
  docker: '26.1.5',
  containers: 'vote\nresult',
  clusters: '17  main  5432 online postgres /var/lib/postgresql/17/main /var/log/x.log',
  redis: 'PONG',
  units: 'Id=worker.service\nLoadState=loaded\n\nId=redis-server.service\nLoadState=loaded',
  forwarding: 'port 22\nallowtcpforwarding yes',
};

/** A host that is fine but for what is given; `1:` in front is its status. */
function candidate(
  host: Candidate['host'],
  answers: Partial<Record<AdoptionQuestion, string>> = {},
  clockOffsetMs = 20,
): Candidate {
  return {
    host,
    user: 'admin',
    clockOffsetMs,
    opens: [{ port: 443, what: 'both pages by TLS' }],
    answer: (question) => {
      const [, status = '0', output = ''] =
        /^(?:(\d+):)?(.*)$/s.exec({ ...good, ...answers }[question]) ?? [];
      return { status: Number(status), output };
    },
  };
}

const bad = (found: Candidate): readonly string[] =>
  checksOf(found)
    .filter(({ verdict }) => verdict !== 'fine')
    .map(({ what, verdict }) => `${verdict} ${what}`);

describe('a host to be adopted', () => {
  test.each(['app', 'db', 'docker'] as const)('%s as a lab delivers it is fine', (host) => {
    expect(bad(candidate(host))).toEqual([]);
  });

  test('whose sudo asks for a password is refused with the rule to write, and not asked what needs root', () => {
    const checks = checksOf(candidate('app', { sudo: '1:sudo: a password is required' }));
    expect(checks[0]).toMatchObject({
      what: 'root',
      verdict: 'refused',
      found: 'sudo: a password is required',
      consequence: expect.stringContaining('admin ALL=(ALL:ALL) NOPASSWD: ALL'),
    });
    expect(checks.map(({ what }) => what)).not.toContain('docker');
  });

  test.each([
    ['systemd', { init: 'init\n' }, 'refused systemd'],
    ['a systemd that is starting', { init: 'systemd\nstarting' }, 'refused systemd'],
    ['a system without apt', { apt: '1:', release: 'ID=alpine' }, 'refused system'],
    ['Ubuntu', { release: 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"' }, 'limited system'],
    ['a full disk', { disk: '1000' }, 'refused disk'],
    ['a small disk', { disk: String(500 * 2 ** 20) }, 'limited disk'],
    ['no way out', { mirrors: 'no http://deb.debian.org/debian' }, 'limited outbound'],
    ['no forwarding', { forwarding: 'allowtcpforwarding no' }, 'limited forwarding'],
    [
      'a port of ours that is taken',
      { ports: 'LISTEN 0 128 *:443 *:* users:(("nginx",pid=1,fd=3))' },
      'limited ports',
    ],
    ['no docker', { docker: '127:docker: not found' }, 'limited docker'],
    ['no page', { containers: 'vote' }, 'limited pages'],
    ['no worker', { units: 'Id=worker.service\nLoadState=not-found' }, 'limited worker'],
  ])('is told of: %s', (_, answers, verdict) => {
    expect(bad(candidate('app', answers))).toEqual([verdict]);
  });

  test('is told of stores that our steps do not know, and of a clock that is off', () => {
    const answers = { clusters: '15 main 5432 online', redis: 'NOAUTH Authentication required.' };
    expect(bad(candidate('db', answers, -5000))).toEqual([
      'limited clock',
      'limited postgres',
      'limited redis',
    ]);
  });
});
