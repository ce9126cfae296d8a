import { addressOf, operatorsOf, type Site } from './site.ts';

/** Ports of the client, and where the containers are when the proxy holds those. */
export const pagePorts = {
  vote: { client: 8080, loopback: 18080 },
  result: { client: 8081, loopback: 18081 },
} as const;

export const certificatePath = '/etc/haproxy/sla.pem';

/** Sources without limits: who looks after the pages must see them as they are. */
export const monitorsOf = (site: Site): readonly string[] => [
  ...new Set([...operatorsOf(site), addressOf(site, 'docker'), ...site.settings.monitors, '127.0.0.1']),
];

/** The configuration of HAProxy in front of vote and result. */
export function haproxyConfig(site: Site): string {
  const { requestsPerSecond, connectionsPerSource } = site.settings;
  const limits = `    acl is_monitor src ${monitorsOf(site).join(' ')}
    tcp-request connection track-sc0 src table sources unless is_monitor
    tcp-request connection reject if { sc0_conn_cur gt ${connectionsPerSource} }
    tcp-request connection reject if { sc0_http_req_rate gt ${requestsPerSecond * windowS * 4} }
    http-request deny deny_status 429 if { sc0_http_req_rate gt ${requestsPerSecond * windowS} }
    # What a visitor claims about itself is not its source.
    http-request del-header X-Forwarded-For
    http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
    # In a queue monitors go first, and last whoever comes near its limit.
    http-request set-priority-class int(-1) if is_monitor
    http-request set-priority-class int(1) if { sc0_http_req_rate gt ${Math.ceil(requestsPerSecond * windowS * 0.8)} }`;
  return `# Written by "sla converge": changes by hand are undone by the next one.
global
    log /dev/log local0 notice
    maxconn 4000
    user haproxy
    group haproxy
    stats socket /run/haproxy/admin.sock mode 660 level admin
    stats timeout 30s
    ssl-default-bind-options ssl-min-ver TLSv1.2
    tune.bufsize 16384

defaults
    mode http
    log global
    option dontlognull
    option dontlog-normal
    option httplog
    option forwardfor
    option http-ignore-probes
    timeout connect 1s
    timeout client 15s
    timeout server 15s
    timeout http-request 5s
    timeout http-keep-alive 10s
    timeout queue 5s
    timeout tunnel 1h
    # A container that is being restarted refuses connections for half a second: wait for it, do not fail.
    retries 4
    option redispatch 1
    retry-on conn-failure
    default-server check inter 500ms fastinter 200ms downinter 200ms fall 8 rise 1
    option httpchk
    http-check send meth GET uri / ver HTTP/1.1 hdr Host app hdr Connection close
    http-check expect status 200

backend sources
    stick-table type ip size 100k expire 60s store conn_cur,http_req_rate(${windowS}s)

frontend vote
    bind :${pagePorts.vote.client}
${limits}
    default_backend vote

frontend result
    bind :${pagePorts.result.client}
${limits}
    default_backend result

frontend tls
    bind :443 ssl crt ${certificatePath} alpn h2,http/1.1
${limits}
    use_backend result if { hdr_beg(host) -i result }
    default_backend vote

backend vote
    # One thread answers: what it cannot answer yet waits here, where it has a priority.
    server vote 127.0.0.1:${pagePorts.vote.loopback} maxconn 16

backend result
    # A browser holds its websocket open: they are many and idle.
    server result 127.0.0.1:${pagePorts.result.loopback} maxconn 1000
`;
}

/** Short enough that spam is noticed in two seconds, long enough for a page with all its parts. */
const windowS = 3;
