import type { Host } from '../../core/host.ts';

/**
 * Cuts app off from db and stops the worker, so that no vote is accepted, popped or counted until `release`:
 * a vote that a half-restored store took would be lost with it. Safe to repeat. Where an existing connection
 * would go on, the rules reject its next packet.
 */
export async function holdVotes(app: Host, dbAddress: string): Promise<void> {
  await app.exec(['systemctl', 'stop', 'worker.service']);
  await app.exec(['nft', '-f', '-'], rules(dbAddress));
}

/** Lets app reach db again. Safe to repeat. */
export async function releaseVotes(app: Host): Promise<void> {
  await app.exec(['sh', '-c', 'nft delete table inet sla_hold 2>/dev/null || true']);
}

const rules = (dbAddress: string): string => `
table inet sla_hold
delete table inet sla_hold
table inet sla_hold {
  chain forward {
    type filter hook forward priority -10
    ip daddr ${dbAddress} tcp dport { 5432, 6379 } reject with tcp reset
  }
  chain output {
    type filter hook output priority -10
    ip daddr ${dbAddress} tcp dport { 5432, 6379 } reject with tcp reset
  }
}
`;
