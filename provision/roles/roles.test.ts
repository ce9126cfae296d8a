import { describe, expect, it } from 'vitest';
import { hostNames } from '../../core/application.ts';
import { factsOf } from '../../test/fakes/facts.ts';
import { siteWith } from '../../test/fakes/site.ts';
import { openPorts } from '../firewall/ports.ts';
import { rulesetFor } from '../firewall/ruleset.ts';
import { haproxyConfig, monitorsOf } from '../haproxy.ts';
import { Secret } from '../secret.ts';
import { roleOf, servingRoleOf } from './roles.ts';

const stepsOf = (host: (typeof hostNames)[number], settings = {}) =>
  roleOf(siteWith(settings), host).phases.flatMap(({ steps }) => steps);

describe('the roles', () => {
  it.each(hostNames)('%s declares each step once, with a reason', (host) => {
    const steps = stepsOf(host);
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
    expect(steps.every(({ why }) => why.length > 10)).toBe(true);
  });

  it('declare at least forty steps', () => {
    expect(hostNames.flatMap((host) => stepsOf(host)).length).toBeGreaterThanOrEqual(40);
  });

  it('end with the firewall, when all that it protects is there, but for what needs both hosts', () => {
    for (const host of hostNames) {
      const phases = roleOf(siteWith(), host).phases.filter(({ after }) => after === undefined);
      expect(phases.at(-1)?.name).toBe('firewall');
    }
    expect(roleOf(siteWith(), 'docker').phases.at(-1)).toMatchObject({ name: 'repository', after: ['db'] });
  });

  it('serve with nothing that is not in the whole role, and with nothing of the backups', () => {
    for (const host of hostNames) {
      const names = servingRoleOf(siteWith(), host).phases.flatMap(({ steps }) =>
        steps.map(({ name }) => name),
      );
      expect(stepsOf(host).map(({ name }) => name)).toEqual(expect.arrayContaining(names));
      expect(names.join()).not.toMatch(/pgbackrest\.|sla-stream|rsync|unattended/);
    }
  });

  it('show no secret of the backups in a plan', () => {
    for (const host of hostNames) {
      const changes = stepsOf(host).flatMap((step) => step.diff(factsOf({})));
      for (const secret of Object.values(siteWith().secrets).filter((value) => value instanceof Secret))
        expect(JSON.stringify(changes)).not.toContain(secret.reveal());
    }
  });

  it('leave the improvements out unless they are switched on', () => {
    const names = (settings: object) => stepsOf('app', settings).map(({ name }) => name);
    expect(names({})).toContain('no folder /opt/voting/improved/worker');
    expect(names({ improved: ['worker'] })).toContain('file /opt/voting/improved/worker/main.ts');
    expect(names({ improved: ['worker'] })).toContain('no folder /opt/voting/improved/result');
  });
});

describe('the firewall', () => {
  it('opens the stores to app and docker only', () => {
    const rules = rulesetFor(openPorts(siteWith(), 'db'));
    expect(rules).toContain('ip saddr { 10.77.0.11, 10.77.0.13 } tcp dport 5432 accept comment "PostgreSQL"');
    expect(rules).toContain('policy drop');
  });

  it('opens the repository to db and docker, for each other', () => {
    const opened = hostNames.map(
      (host) => openPorts(siteWith(), host).find(({ port }) => port === 8432)?.from,
    );
    expect(opened).toEqual([undefined, ['10.77.0.13'], ['10.77.0.12']]);
  });

  it('opens the pages to everybody, and TLS only with the proxy', () => {
    const ports = (proxy: string) => openPorts(siteWith({ proxy }), 'app').map(({ port }) => port);
    expect(ports('haproxy')).toEqual([22, 9100, 8080, 8081, 443]);
    expect(ports('none')).toEqual([22, 9100, 8080, 8081]);
    expect(rulesetFor(openPorts(siteWith(), 'app'))).toContain('\t\ttcp dport 8080 accept comment "vote"');
  });

  it('replaces its own table in one transaction and names no other', () => {
    const rules = rulesetFor(openPorts(siteWith(), 'docker'));
    expect(rules.match(/^(table|delete table|flush) .*/gm)).toEqual([
      'table inet sla',
      'delete table inet sla',
      'table inet sla {',
    ]);
  });
});

describe('the proxy', () => {
  it('exempts the operator, the docker host and declared monitors', () => {
    expect(monitorsOf(siteWith({ monitors: ['192.0.2.0/24'] }))).toEqual([
      '10.77.0.1',
      '10.77.0.13',
      '192.0.2.0/24',
      '127.0.0.1',
    ]);
  });

  it('counts requests over three seconds', () => {
    expect(haproxyConfig(siteWith({ requestsPerSecond: 7 }))).toContain(
      'deny_status 429 if { sc0_http_req_rate gt 21 }',
    );
  });
});
