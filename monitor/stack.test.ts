import { expect, test } from 'vitest';
import type { HostAddress } from '../core/host.ts';
import { type StackInputs, stackVariables } from './stack.ts';

const hosts: readonly HostAddress[] = [
  { name: 'app', address: '10.77.0.11', user: 'root', sshPort: 22 },
  { name: 'db', address: '10.77.0.12', user: 'root', sshPort: 22 },
  { name: 'docker', address: '10.77.0.13', user: 'ops', sshPort: 2222 },
];

const inputs: StackInputs = {
  config: { scrapeIntervalMs: 5000, retentionDays: 15, prometheusPort: 9090 },
  prefix: 'sla',
  labels: { 'sla.lab': 'sla' },
  hosts,
  keyFile: '/state/keys/operator',
  knownHostsFile: '/state/known_hosts',
  images: { kind: 'hub' },
};

test('the engine is the one of the host docker', () => {
  expect(stackVariables(inputs).docker_host).toEqual({ address: '10.77.0.13', user: 'ops', ssh_port: 2222 });
});

test('node_exporter is scraped on all three hosts', () => {
  expect(stackVariables(inputs).node_targets).toEqual({
    app: '10.77.0.11:9100',
    db: '10.77.0.12:9100',
    docker: '10.77.0.13:9100',
  });
});

test('the agent is scraped on docker', () => {
  expect(stackVariables(inputs).agent_target).toBe('10.77.0.13:9464');
});

test('both pages are asked over HTTP where the client asks them', () => {
  expect(stackVariables(inputs).http_probes).toEqual({
    vote: { host: 'app', target: 'http://10.77.0.11:8080/' },
    result: { host: 'app', target: 'http://10.77.0.11:8081/' },
  });
});

test('both stores are asked for a connection', () => {
  expect(stackVariables(inputs).tcp_probes).toEqual({
    postgres: { host: 'db', target: '10.77.0.12:5432' },
    redis: { host: 'db', target: '10.77.0.12:6379' },
  });
});

test('with the hub, the images are those that terraform/stack pins', () => {
  expect(stackVariables(inputs).images).toEqual({});
});

test('local images go by their tags', () => {
  const tags = new Map([
    ['prometheus', 'sla-lab/prometheus:0123456789ab'],
    ['blackbox', 'sla-lab/blackbox:ba9876543210'],
  ]);
  expect(stackVariables({ ...inputs, images: { kind: 'local', tags } }).images).toEqual({
    prometheus: { source: 'local', name: 'sla-lab/prometheus:0123456789ab' },
    blackbox: { source: 'local', name: 'sla-lab/blackbox:ba9876543210' },
  });
});

test('an interval between two whole seconds keeps its milliseconds', () => {
  const config = { ...inputs.config, scrapeIntervalMs: 1500 };
  expect(stackVariables({ ...inputs, config }).scrape_interval).toBe('1500ms');
});

test('a host without an address is a bug and says which', () => {
  expect(() => stackVariables({ ...inputs, hosts: hosts.slice(1) })).toThrow('host app');
});
