import { certificatePath, haproxyConfig, pagePorts } from '../haproxy.ts';
import { container, withoutReplaced } from '../properties/container.ts';
import { daemonSettings } from '../properties/docker.ts';
import { file } from '../properties/file.ts';
import { installed } from '../properties/installed.ts';
import { active, disabled, dropIn, enabled } from '../properties/unit.ts';
import { Secret } from '../secret.ts';
import { addressOf, type Site } from '../site.ts';
import type { Handler, Phase, Step } from '../types.ts';
import { always } from './common.ts';
import { improvedBinds, improvedHash, resultFiles, withoutUnused, workerSteps } from './improved.ts';

export const appPackages = ({ settings }: Site): readonly Step[] =>
  settings.proxy === 'haproxy' ? [installed('haproxy', 'keeps request spam away from the pages')] : [];

/** Worker and pages are back at once after a crash, within limits, behind a proxy that spam does not pass. */
export const appPhases = (site: Site): readonly Phase[] => [
  {
    name: 'worker and engine as we want them',
    steps: [
      file({
        path: waitPath,
        content: waitScript,
        mode: '0755',
        why: 'the stores come before the worker, also after a power failure',
      }),
      daemonSettings({ 'log-opts': { 'max-size': '10m', 'max-file': '3' }, 'live-restore': true }),
      dropIn(
        'docker.service',
        engineLines,
        'a crashed engine is back at once; the pages come after the worker',
      ),
      dropIn('worker.service', workerLines(site), 'a crashed worker is back at once, within its memory'),
      ...workerSteps(site),
      ...resultFiles(site),
    ],
  },
  {
    name: 'worker and engine run',
    steps: [
      enabled('docker.service', 'the pages start with their host'),
      enabled('worker.service', 'votes are counted after a reboot'),
      active('docker.service', 'it carries the pages'),
      active('worker.service', 'votes are counted now'),
    ],
  },
  ...(site.settings.proxy === 'haproxy' ? proxied(site) : direct(site)),
];

/** The containers give up the client's ports when both are ready behind them; HAProxy takes them at once. */
const proxied = (site: Site): readonly Phase[] => [
  {
    name: 'pages on loopback',
    steps: [
      dropIn('haproxy.service', proxyLines, 'a crashed proxy is back at once'),
      page(site, 'vote', `127.0.0.1:${pagePorts.vote.loopback}`),
      page(site, 'result', `127.0.0.1:${pagePorts.result.loopback}`),
    ],
  },
  {
    name: 'proxy on the client’s ports',
    steps: [
      file({
        path: certificatePath,
        content: site.certificate ?? new Secret(''),
        mode: '0640',
        owner: 'root:haproxy',
        why: 'the pages by TLS, from the lab’s own authority',
        handlers: [reloadProxy],
      }),
      file({
        path: '/etc/haproxy/haproxy.cfg',
        content: haproxyConfig(site),
        why: 'limits for each source, queues, health checks',
        check: ['haproxy', '-c', '-q', '-f', '/etc/haproxy/haproxy.cfg'],
        handlers: [reloadProxy],
      }),
      withoutReplaced('vote'),
      withoutReplaced('result'),
      // At once: from the removal above to this start nobody holds the ports.
      active('haproxy.service', 'it holds ports 8080, 8081 and 443'),
      enabled('haproxy.service', 'the pages are there after a reboot'),
      ...withoutUnused(site),
    ],
  },
];

// Its ports are free only in this phase: before, a reload would fail.
const reloadProxy: Handler = {
  name: 'reload-haproxy.service',
  what: 'reload haproxy.service',
  run: ['systemctl', 'reload-or-restart', 'haproxy.service'],
};

const direct = (site: Site): readonly Phase[] => [
  {
    name: 'pages on the client’s ports',
    steps: [
      disabled('haproxy.service', 'the containers hold the ports themselves'),
      page(site, 'vote', String(pagePorts.vote.client)),
      page(site, 'result', String(pagePorts.result.client)),
    ],
  },
  {
    name: 'no replaced pages',
    steps: [withoutReplaced('vote'), withoutReplaced('result'), ...withoutUnused(site)],
  },
];

const page = (site: Site, name: 'vote' | 'result', publish: string): Step =>
  container({
    name,
    image: `voting/${name}`,
    publish,
    memoryMb: 192,
    knownHosts: [`redis:${addressOf(site, 'db')}`, `db:${addressOf(site, 'db')}`],
    binds: name === 'result' ? improvedBinds(site) : [],
    madeOf: name === 'result' ? improvedHash(site) : '',
    why: 'back at once after a crash, within its memory and its log limits',
  });

const waitPath = '/usr/local/sbin/sla-wait-for';

// Not for ever: a page without its stores still answers.
const waitScript = `#!/bin/bash
# sla-wait-for SECONDS ADDRESS:PORT… : waits until all accept connections, or until the time is over.
end=$((SECONDS + $1)); shift
for place; do
  until (exec 3<> "/dev/tcp/\${place%:*}/\${place#*:}") 2> /dev/null; do
    [ "$SECONDS" -ge "$end" ] && exit 1
    sleep 0.1
  done
done
`;

const workerLines = (site: Site): readonly string[] => [
  ...always,
  `ExecStartPre=-${waitPath} 5 ${addressOf(site, 'db')}:5432 ${addressOf(site, 'db')}:6379`,
  'MemoryMax=192M',
  'CPUWeight=300',
];

const engineLines: readonly string[] = [
  ...always.slice(0, 2),
  'After=worker.service',
  ...always.slice(2),
  'OOMScoreAdjust=-500',
  'CPUWeight=500',
];

const proxyLines: readonly string[] = [...always, 'OOMScoreAdjust=-600', 'CPUWeight=800', 'MemoryMin=64M'];
