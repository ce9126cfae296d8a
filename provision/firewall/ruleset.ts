import type { OpenPort } from './ports.ts';

/**
 * The table `inet sla`, replaced as a whole in one transaction. Other tables, Docker's among them, are not
 * touched: a packet must pass theirs too. Ports that an engine publishes never reach `input`: they are
 * forwarded, and told by the port they were sent to.
 */
export const rulesetFor = (ports: readonly OpenPort[]): string => `table inet sla
delete table inet sla
table inet sla {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		ct state invalid drop
		iifname "lo" accept
		meta l4proto { icmp, ipv6-icmp } accept
${ports.map((port) => rule(port, `tcp dport ${port.port}`)).join('\n')}
${engineBridges.map((bridge) => `\t\tiifname "${bridge}" accept`).join('\n')}
	}

	chain forward {
		type filter hook forward priority filter - 5; policy drop;
		ct state established,related accept
${engineBridges.map((bridge) => `\t\tiifname "${bridge}" accept`).join('\n')}
${ports.map((port) => rule(port, `meta l4proto tcp ct original proto-dst ${port.port}`)).join('\n')}
	}
}
`;

/** Containers of the host's own engine. */
const engineBridges: readonly string[] = ['docker0', 'docker_gwbridge', 'br-*'];

const rule = ({ from, what }: OpenPort, match: string): string =>
  `\t\t${from ? `ip saddr { ${[...new Set(from)].join(', ')} } ` : ''}${match} accept comment "${what}"`;
