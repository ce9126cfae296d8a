import type { HostName } from '../../core/application.ts';
import { declaredFile } from '../declarations.ts';
import { ballast } from '../properties/ballast.ts';
import { clockPackage, clockSteps } from '../properties/clock.ts';
import { file } from '../properties/file.ts';
import { installed } from '../properties/installed.ts';
import { hostname, namesKnown } from '../properties/names.ts';
import { active, dropIn, enabled, reload, restart } from '../properties/unit.ts';
import type { Site } from '../site.ts';
import type { Phase } from '../types.ts';

const exporterPackage = installed(
  'prometheus-node-exporter',
  'shows processor, memory and disks to Prometheus',
);

/** Written by the installation of Python, which comes with the updates. */
const pythonSettings = declaredFile(
  '/etc/python3/debian_config',
  '[DEFAULT]\n# how to byte-compile (comma separated: standard, optimize)\nbyte-compile = standard\n',
  '0644',
  'root:root',
);

const exporterRuns: Phase['steps'] = [
  enabled('prometheus-node-exporter.service', 'metrics from the first second after a reboot'),
  active('prometheus-node-exporter.service', 'metrics now'),
];

/** What of ours every host has before it serves; the monitoring reads it. */
export const firstSteps = { packages: [exporterPackage], services: exporterRuns } as const;

/** Packages of ours on every host. */
export const commonPackages: Phase['steps'] = [
  ...firstSteps.packages,
  installed('unattended-upgrades', 'installs security updates', [pythonSettings]),
  installed('logrotate', 'keeps log files from filling the disk'),
  clockPackage,
];

/** Files that every host has on top of the delivered state. */
export const commonFiles = (site: Site, name: HostName): Phase['steps'] => [
  hostname(name),
  namesKnown(site, name),
  file({
    path: '/etc/systemd/journald.conf.d/50-sla.conf',
    content: journald,
    why: 'evidence of an incident must survive a restart, and never fill the disk',
    handlers: [restart('systemd-journald.service')],
  }),
  file({
    // Read before what was delivered: of two values for one setting sshd takes the first.
    path: '/etc/ssh/sshd_config.d/05-sla.conf',
    content: sshd,
    why: 'keys only, modern algorithms, little room for guessing',
    check: ['/usr/sbin/sshd', '-t'],
    handlers: [reload('ssh.service')],
  }),
  file({
    path: '/etc/apt/apt.conf.d/52-sla',
    content: upgrades,
    why: 'security updates only, and never a reboot by itself',
  }),
  dropIn('apt-daily.timer', timer(site), 'package lists are read outside the service windows', [
    restart('apt-daily.timer'),
  ]),
  dropIn('apt-daily-upgrade.timer', timer(site), 'updates are installed outside the service windows', [
    restart('apt-daily-upgrade.timer'),
  ]),
  dropIn('ssh.service', rescue, 'an overloaded host must still let us in'),
  dropIn(
    'system.slice',
    ['[Slice]', 'CPUWeight=400', 'MemoryMin=192M'],
    'services go before sessions and batch work',
  ),
  dropIn(
    'prometheus-node-exporter.service',
    exporter(),
    'a crashed exporter is back at once, and asks for the units that matter only',
    [restart('prometheus-node-exporter.service')],
  ),
];

/** What runs on every host. */
export const commonServices = (site: Site): Phase['steps'] => [
  ...firstSteps.services,
  enabled('apt-daily-upgrade.timer', 'security updates come by themselves'),
  active('apt-daily-upgrade.timer', 'security updates come by themselves'),
  active('logrotate.timer', 'log files are rotated every day'),
  ...clockSteps,
  ballast(site.settings.ballastMb),
];

/** A crash is over in a tenth of a second, and no number of crashes is ever final. */
export const always: readonly string[] = [
  '[Unit]',
  'StartLimitIntervalSec=0',
  '[Service]',
  'Restart=always',
  'RestartSec=100ms',
];

const journald = `[Journal]
Storage=persistent
SystemMaxUse=200M
SystemKeepFree=10%
RateLimitIntervalSec=30s
RateLimitBurst=20000
`;

/** Asked for every unit of the host every few seconds, D-Bus takes more of a small one than the application does. */
function exporter(): readonly string[] {
  const units = ['ssh', 'docker', 'haproxy', 'worker', 'postgresql@.+', 'redis-server', 'chrony', 'sla-.+'];
  const include = `--collector.systemd.unit-include=(${units.join('|')})[.]service`;
  return [...always, 'EnvironmentFile=', `Environment="ARGS=${include}"`];
}

// MemoryMin is known to cgroup v2 only and ignored elsewhere; weight and OOM score hold on both.
const rescue: readonly string[] = [
  '[Unit]',
  'StartLimitIntervalSec=0',
  '[Service]',
  'CPUWeight=1000',
  'MemoryMin=48M',
  'OOMScoreAdjust=-900',
];

// Forwarding to the host's own loopback and sockets stays: probes of the databases use it, and so does the agent.
const sshd = `PasswordAuthentication no
KbdInteractiveAuthentication no
PermitEmptyPasswords no
PermitRootLogin prohibit-password
MaxAuthTries 3
MaxSessions 30
MaxStartups 60:30:200
LoginGraceTime 60
X11Forwarding no
AllowAgentForwarding no
AllowTcpForwarding local
AllowStreamLocalForwarding local
PermitTunnel no
ClientAliveInterval 15
ClientAliveCountMax 4
KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org
Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com
`;

// A later list adds to an earlier one: what Debian names beside security is cleared first.
const upgrades = `APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern { "origin=Debian,codename=\${distro_codename}-security,label=Debian-Security"; };
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::MinimalSteps "true";
`;

const timer = ({ settings }: Site): readonly string[] => [
  '[Timer]',
  'OnCalendar=',
  `OnCalendar=${settings.upgradesAt}`,
  'RandomizedDelaySec=20m',
  // A missed night is not made up for by day, when a service window may be open.
  'Persistent=false',
];

/** What the first monitoring needs of a host; the rest comes with `sla converge`. */
export const exporterPhases: readonly Phase[] = [
  { name: 'packages', steps: firstSteps.packages },
  { name: 'services', steps: firstSteps.services },
];
