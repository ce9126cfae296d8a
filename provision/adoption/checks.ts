import type { HostName } from '../../core/application.ts';
import { sudoersAdvice } from '../../core/sudo.ts';
import type { Section } from '../facts.ts';
import type { OpenPort } from '../firewall/ports.ts';
import { releaseIn } from '../pairs.ts';
import type { AdoptionQuestion } from './questions.ts';

/** `limited`: something of ours will not work there; `refused`: nothing will. */
export type Verdict = 'fine' | 'limited' | 'refused';

export interface Check {
  readonly what: string;
  readonly verdict: Verdict;
  readonly found: string;
  /** What will not work, and what to do. */
  readonly consequence?: string;
}

/** What is known of a host before it is adopted. */
export interface Candidate {
  readonly host: HostName;
  readonly user: string;
  answer(question: AdoptionQuestion): Section;
  /** How far its clock is from that of this machine. */
  readonly clockOffsetMs: number;
  /** Ports that its role opens. */
  readonly opens: readonly OpenPort[];
}

/** Everything that is looked at before a host is adopted; without root not everything can be. */
export const checksOf = (candidate: Candidate): readonly Check[] => {
  const root = sudoCheck(candidate);
  return [
    root,
    ...checksOfAnybody(candidate),
    ...(root.verdict === 'fine' ? checksOfRoot(candidate) : []),
    ...(candidate.host === 'db' ? [postgresCheck(candidate), redisCheck(candidate)] : []),
    ...(candidate.host === 'app' ? [workerCheck(candidate)] : []),
  ];
};

const checksOfAnybody = (candidate: Candidate): readonly Check[] => [
  systemdCheck(candidate),
  releaseCheck(candidate),
  diskCheck(candidate),
  clockCheck(candidate),
  mirrorCheck(candidate),
];

const checksOfRoot = (candidate: Candidate): readonly Check[] => [
  forwardingCheck(candidate),
  portCheck(candidate),
  ...(candidate.host === 'db' ? [] : [dockerCheck(candidate)]),
  ...(candidate.host === 'app' ? [pagesCheck(candidate)] : []),
];

const fine = (what: string, found: string): Check => ({ what, verdict: 'fine', found });
const limited = (what: string, found: string, consequence: string): Check => ({
  what,
  verdict: 'limited',
  found,
  consequence,
});
const refused = (what: string, found: string, consequence: string): Check => ({
  what,
  verdict: 'refused',
  found,
  consequence,
});

const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

function sudoCheck({ host, user, answer }: Candidate): Check {
  const { status, output } = answer('sudo');
  if (status === 0) return fine('root', user === 'root' ? 'logs in as root' : 'sudo without a password');
  return refused('root', firstLine(output), `every command needs root: ${sudoersAdvice(host, user)}`);
}

function systemdCheck({ answer }: Candidate): Check {
  const [init = '', state = ''] = answer('init').output.split('\n');
  if (init !== 'systemd') return refused('systemd', `${init} is PID 1`, 'services are kept by systemd');
  if (state === 'running' || state === 'degraded') return fine('systemd', state);
  return refused('systemd', state, 'it must have started: look with "systemctl --failed" there');
}

const knownReleases: readonly string[] = ['12', '13'];

function releaseCheck({ answer }: Candidate): Check {
  const values = releaseIn(answer('release').output);
  const name = values.get('PRETTY_NAME') ?? 'unknown';
  if (answer('apt').status !== 0) return refused('system', name, 'programs are installed with apt');
  if (values.get('ID') === 'debian' && knownReleases.includes(values.get('VERSION_ID') ?? ''))
    return fine('system', name);
  return limited('system', name, 'tried on Debian 12 and 13 only: look at "./sla converge --dry-run" first');
}

const neededBytes = 2 ** 30;
const leastBytes = 200 * 2 ** 20;

function diskCheck({ answer }: Candidate): Check {
  const free = Number(answer('disk').output.trim());
  const found = `${(free / 2 ** 30).toFixed(1)} GiB free on /var`;
  if (free >= neededBytes) return fine('disk', found);
  if (free >= leastBytes) return limited('disk', found, 'packages may not fit: 1 GiB should be free');
  return refused('disk', found, 'nothing can be installed: free at least 1 GiB');
}

function clockCheck({ clockOffsetMs }: Candidate): Check {
  const found = `${(Math.abs(clockOffsetMs) / 1000).toFixed(1)} s ${clockOffsetMs < 0 ? 'behind' : 'ahead of'} this machine`;
  if (Math.abs(clockOffsetMs) < 1000) return fine('clock', found);
  return limited('clock', found, 'incidents are told by the clock: chrony corrects it where it can be set');
}

function mirrorCheck({ answer }: Candidate): Check {
  const lines = answer('mirrors').output.split('\n');
  const sites = lines.filter((line) => /^(yes|no) /.test(line));
  const unreached = sites.filter((line) => line.startsWith('no ')).map((line) => line.slice(3));
  if (sites.length > 0 && unreached.length === 0)
    return fine('outbound', sites.map((line) => line.slice(4)).join(', '));
  return limited(
    'outbound',
    sites.length === 0 ? 'no mirror is set for apt' : `no way to ${unreached.join(', ')}`,
    'only packages that are in its cache can be installed, and no security updates come',
  );
}

function forwardingCheck({ answer }: Candidate): Check {
  const { status, output } = answer('forwarding');
  const allowed = /^allowtcpforwarding (\S+)/im.exec(output)?.[1] ?? 'unknown';
  if (status === 0 && ['yes', 'all', 'local'].includes(allowed)) return fine('forwarding', allowed);
  return limited(
    'forwarding',
    allowed,
    'status, doctor and fingerprint ask the stores through SSH: set "AllowTcpForwarding local"; converge does',
  );
}

/** Who may hold a port that a role opens. */
const usualHolders = /^(docker-proxy|haproxy|sshd|systemd|prometheus-node|postgres|redis-server|pgbackrest)$/;

function portCheck({ answer, opens }: Candidate): Check {
  const taken = answer('ports')
    .output.split('\n')
    .flatMap((line) => {
      const [, , , local = '', , users = ''] = line.split(/\s+/);
      const port = Number(local.slice(local.lastIndexOf(':') + 1));
      const program = /\(\("([^"]+)"/.exec(users)?.[1] ?? 'an unknown program';
      const wanted = opens.find((open) => open.port === port);
      return wanted && !usualHolders.test(program) ? [`${port} (${program}), wanted for ${wanted.what}`] : [];
    });
  const distinct = [...new Set(taken)];
  if (distinct.length === 0) return fine('ports', 'those we need are free, or held as delivered');
  return limited('ports', distinct.join('; '), 'what needs them cannot start: end that program, or move it');
}

function dockerCheck({ host, answer }: Candidate): Check {
  const { status, output } = answer('docker');
  if (status === 0) return fine('docker', firstLine(output));
  const what = host === 'app' ? 'the pages run in it' : 'our own tools run in it';
  return limited('docker', firstLine(output) || 'not there', `${what}: install docker.io there`);
}

function pagesCheck({ answer }: Candidate): Check {
  const names = answer('containers').output.split('\n');
  const missing = ['vote', 'result'].filter((name) => !names.includes(name));
  if (missing.length === 0) return fine('pages', 'containers vote and result');
  return limited(
    'pages',
    `no container ${missing.join(', ')}`,
    'converge makes them of the images voting/vote and voting/result, which must be there',
  );
}

function workerCheck({ answer }: Candidate): Check {
  if (/Id=worker\.service\nLoadState=loaded/.test(answer('units').output))
    return fine('worker', 'unit worker.service');
  return limited('worker', 'no unit worker.service', 'no vote is counted, and converge stops at this step');
}

function postgresCheck({ answer }: Candidate): Check {
  const clusters = answer('clusters').output.trim();
  if (answer('clusters').status === 0 && /^17\s+main\s+5432\s/m.test(clusters))
    return fine('postgres', 'cluster 17/main on 5432');
  return limited(
    'postgres',
    firstLine(clusters) || 'no cluster',
    'the steps of the stores are for cluster 17/main on port 5432: converge stops there',
  );
}

function redisCheck({ answer }: Candidate): Check {
  const { output } = answer('redis');
  const isLoaded = /Id=redis-server\.service\nLoadState=loaded/.test(answer('units').output);
  if (output.trim() === 'PONG' && isLoaded) return fine('redis', 'answers without a password');
  return limited(
    'redis',
    firstLine(output) || 'not there',
    'the steps of the stores are for a redis-server.service that asks for no password',
  );
}
