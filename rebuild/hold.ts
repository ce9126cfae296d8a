import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../core/host.ts';
import { waitingVotes } from '../core/queue.ts';

/**
 * Lets the worker finish the vote it has in hand, stops it, and cuts app off from the stores: no vote is accepted,
 * popped or counted until `release`. A vote that a half-restored store took would be lost with it. Also after a
 * reboot of app. Safe to repeat.
 */
export async function holdAtApp(app: Host, dbAddress: string): Promise<void> {
  await app.exec(['nft', '-f', '-'], table(pausing(dbAddress)));
  await app.exec(['sh', '-c', `sleep ${secondsForAVote}; systemctl stop worker.service`]);
  await keep(app, table(cut(dbAddress)));
}

/** Refuses app at the stores themselves: for while app is replaced. Also after a reboot of db. Safe to repeat. */
export const holdAtDb = (db: Host, appAddress: string): Promise<void> =>
  keep(db, table(chain('input', `ip saddr ${appAddress} ${toStores} reject with tcp reset`)));

/** Undoes what either did to a host. Safe to repeat. */
export async function release(host: Host): Promise<void> {
  await host.exec([
    'sh',
    '-c',
    `rm -f ${wants} ${unit} ${rules}; rmdir /etc/sla 2>/dev/null; ! nft list table inet sla_hold >/dev/null 2>&1 || nft delete table inet sla_hold`,
  ]);
}

/** Starts what a hold stopped, and what lost its connection by it, in dependency order; `app` is free again. */
export async function resumeApp(app: Host): Promise<void> {
  await app.exec(['sh', '-c', 'systemctl start worker.service && docker restart result']);
}

/**
 * Waits until the votes that were held in the queue are counted, as long as it gets shorter. A worker that is
 * restarted meanwhile would lose the one in its hand.
 */
export async function queueCounted(db: Host, narrate: (line: string) => void): Promise<void> {
  let [left, since] = [await waitingVotes(db), performance.now()];
  if (left > 0) narrate(`${left} votes were waiting and are being counted`);
  while (left > 0 && performance.now() - since < stuckMs) {
    await sleep(200);
    const now = await waitingVotes(db);
    if (now < left) [left, since] = [now, performance.now()];
  }
}

const stuckMs = 10_000;

const secondsForAVote = 0.5;
const toStores = 'tcp dport { 5432, 6379 }';

const table = (chains: string): string =>
  `table inet sla_hold\ndelete table inet sla_hold\ntable inet sla_hold {\n${chains}}\n`;

const chain = (hook: 'forward' | 'output' | 'input', rule: string): string =>
  `  chain ${hook} {\n    type filter hook ${hook} priority -10\n    ${rule}\n  }\n`;

/** The pages are refused at once; the worker gets no answer, and no error it would end with, but can still save. */
const pausing = (db: string): string =>
  chain('forward', `ip daddr ${db} tcp dport 6379 reject with tcp reset`) +
  chain('output', `ip daddr ${db} tcp dport 6379 drop`);

const cut = (db: string): string =>
  chain('forward', `ip daddr ${db} ${toStores} reject with tcp reset`) +
  chain('output', `ip daddr ${db} ${toStores} reject with tcp reset`);

const rules = '/etc/sla/hold.nft';
const unit = '/etc/systemd/system/sla-hold.service';
const wants = '/etc/systemd/system/multi-user.target.wants/sla-hold.service';

async function keep(host: Host, ruleset: string): Promise<void> {
  const script = `mkdir -p /etc/sla; cat > ${rules}.new; sync ${rules}.new; mv ${rules}.new ${rules}
printf '%s' "$1" > ${unit}; ln -sf ${unit} ${wants}; nft -f ${rules}`;
  await host.exec(['sh', '-eu', '-c', script, 'sh', unitText], ruleset);
}

const unitText = `[Unit]
Description=SLA Lab: no votes while a host is rebuilt
DefaultDependencies=no
After=local-fs.target
Before=network-pre.target
Wants=network-pre.target
ConditionPathExists=${rules}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${rules}

[Install]
WantedBy=multi-user.target
`;
