import type { HostName } from '../../core/application.ts';
import { backupPorts } from '../../core/backupLayout.ts';
import { pagePorts } from '../haproxy.ts';
import { addressOf, operatorsOf, type Site } from '../site.ts';

/** A port that a host opens, and to whom. Whoever is not named does not get in. */
export interface OpenPort {
  readonly port: number;
  readonly what: string;
  /** Addresses and networks; without it, everybody. */
  readonly from?: readonly string[];
}

/** Everything that a host opens. */
export function openPorts(site: Site, host: HostName): readonly OpenPort[] {
  const operators = operatorsOf(site);
  const hosts = site.hosts.map(({ address }) => address);
  const docker = addressOf(site, 'docker');
  const everyHost: readonly OpenPort[] = [
    {
      port: site.hosts.find(({ name }) => name === host)?.sshPort ?? 22,
      what: 'SSH',
      from: [...operators, ...hosts],
    },
    { port: 9100, what: 'node_exporter', from: [docker, ...operators] },
  ];
  const own: Readonly<Record<HostName, readonly OpenPort[]>> = {
    app: [
      { port: pagePorts.vote.client, what: 'vote' },
      { port: pagePorts.result.client, what: 'result' },
      ...(site.settings.proxy === 'haproxy' ? [{ port: 443, what: 'both pages by TLS' }] : []),
    ],
    db: [
      { port: 5432, what: 'PostgreSQL', from: [addressOf(site, 'app'), docker] },
      { port: 6379, what: 'Redis', from: [addressOf(site, 'app'), docker] },
      { port: backupPorts.pgbackrest, what: 'pgBackRest', from: [docker] },
    ],
    docker: [
      ...site.consolePorts.map((port) => ({ port, what: 'console', from: [...operators, ...hosts] })),
      { port: backupPorts.pgbackrest, what: 'pgBackRest', from: [addressOf(site, 'db')] },
      { port: backupPorts.agent, what: 'metrics of the agent', from: [docker, ...operators] },
    ],
  };
  return [...everyHost, ...own[host]];
}
