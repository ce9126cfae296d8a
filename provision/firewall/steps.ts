import { createHash } from 'node:crypto';
import type { Argv } from '../../core/shell.ts';
import { declaredFile } from '../declarations.ts';
import { file } from '../properties/file.ts';
import { daemonReload, enabled } from '../properties/unit.ts';
import type { Phase, Step } from '../types.ts';

const program = '/usr/local/sbin/sla-firewall';
const wantedPath = '/etc/sla/firewall.wanted.nft';
const keptPath = '/etc/sla/firewall.nft';
const state: Argv = [program, 'state'];

/** Seconds after which a ruleset that nobody confirmed is taken back. */
export const revertAfterS = 30;

/** The program that loads, keeps and takes back rulesets. Its phase comes before that of the rules. */
export const firewallFiles: readonly Step[] = [
  file({
    path: program,
    content: programText(),
    mode: '0755',
    why: 'a ruleset that locks us out must take itself back',
  }),
  file({
    path: '/etc/systemd/system/sla-firewall.service',
    content: unitText(),
    why: 'the rules are there before the network after a reboot',
    handlers: [daemonReload],
  }),
];

/** Ensures that a host takes connections on its declared ports only. */
export const firewall = (ruleset: string): Phase => ({
  name: 'firewall',
  steps: [
    file({
      path: wantedPath,
      content: ruleset,
      why: 'only declared ports are open, each to those who need it',
      check: ['nft', '--check', '--file', wantedPath],
    }),
    {
      name: 'firewall has these rules',
      why: 'only declared ports are open, each to those who need it',
      asks: [{ kind: 'command', argv: state }],
      declares: [declaredFile(keptPath, ruleset, '0644', 'root:root')],
      diff: (facts) =>
        facts.command(state).stdout === `${hashOf(ruleset)} live`
          ? []
          : [
              {
                kind: 'run',
                what: `load the rules, to be taken back after ${revertAfterS} s unless a new session gets in`,
                run: [program, 'try'],
                confirm: [program, 'keep'],
              },
            ],
    },
    enabled('sla-firewall.service', 'the rules are there after a reboot'),
  ],
});

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function programText(): string {
  return `#!/bin/sh
# sla-firewall state|try|keep|revert: the table "inet sla" of nftables, and no other.
set -u
wanted=${wantedPath}
kept=${keptPath}
live=/var/lib/sla/firewall.live
before=/run/sla-firewall.before
timer=sla-firewall-revert

rules() { nft --stateless list table inet sla 2>/dev/null; }
hash() { sha256sum | cut -d ' ' -f 1; }

case $1 in
state)
  # What was kept, and whether the kernel still has what it had then.
  [ -e "$kept" ] || exit 1
  [ "$(rules | hash)" = "$(cat "$live" 2>/dev/null)" ] && now=live || now=changed
  echo "$(hash < "$kept") $now"
  ;;
try)
  nft --check --file "$wanted" || exit
  rules > "$before"
  systemctl stop "$timer.timer" 2>/dev/null
  # Armed first: from the next line on this session may be the last.
  systemd-run --quiet --collect --unit="$timer" --on-active=${revertAfterS} --timer-property=AccuracySec=500ms \\
    "$0" revert || exit
  nft --file "$wanted" || { systemctl stop "$timer.timer"; exit 1; }
  ;;
keep)
  systemctl --quiet is-active "$timer.timer" || { echo "the rules were taken back already"; exit 1; }
  systemctl stop "$timer.timer"
  mkdir -p /var/lib/sla
  cp "$wanted" "$kept.new" && rules | hash > "$live" && sync "$kept.new" && mv -f "$kept.new" "$kept"
  ;;
revert)
  { echo "table inet sla"; echo "delete table inet sla"; cat "$before"; } | nft --file -
  ;;
esac
`;
}

function unitText(): string {
  return `[Unit]
Description=SLA Lab firewall
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target
Wants=network-pre.target
ConditionPathExists=${keptPath}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft --file ${keptPath}

[Install]
WantedBy=multi-user.target
`;
}
