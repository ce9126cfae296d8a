import { expect, test } from 'vitest';
import { renderStatus, type Status } from './statusScreen.ts';

const allUp: Status = {
  target: 'lab',
  lab: 'sla',
  hosts: [
    { name: 'app', address: '10.77.0.11', reachable: true },
    { name: 'db', address: '10.77.0.12', reachable: true },
    { name: 'docker', address: '10.77.0.13', reachable: true },
  ],
  components: [
    { name: 'postgres', host: 'db', up: true },
    { name: 'redis', host: 'db', up: true },
    { name: 'worker', host: 'app', up: true },
    { name: 'vote', host: 'app', up: true },
    { name: 'result', host: 'app', up: true },
  ],
  monitoring: { prometheus: { up: true } },
  urls: {
    vote: 'http://10.77.0.11:8080',
    result: 'http://10.77.0.11:8081',
    prometheus: 'http://10.77.0.13:9090',
  },
  mailbox: { address: '10.77.0.14', smtpPort: 25 },
};

const screen = (status: Status): string =>
  renderStatus(status, 412.4, false)
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');

const open = `Open
  vote        http://10.77.0.11:8080
  result      http://10.77.0.11:8081
  prometheus  http://10.77.0.13:9090
  mailbox     smtp://10.77.0.14:25`;

test('all up', () => {
  expect(screen(allUp)).toBe(`SLA Lab · sla  all up  412 ms

Hosts
  ● app      10.77.0.11
  ● db       10.77.0.12
  ● docker   10.77.0.13

Application
  ● postgres db:5432
  ● redis    db:6379
  ● worker   app
  ● vote     app:8080
  ● result   app:8081

Monitoring
  ● prometheus

${open}`);
});

test('db stopped: what is down, why, and what depends on it', () => {
  const reason = 'its host does not answer';
  const dbDown: Status = {
    ...allUp,
    hosts: allUp.hosts.map((host) =>
      host.name === 'db'
        ? { ...host, reachable: false, reason: 'it is stopped: "./sla up" starts it again' }
        : host,
    ),
    components: [
      { name: 'postgres', host: 'db', up: false, reason, affects: ['worker', 'result', 'vote'] },
      { name: 'redis', host: 'db', up: false, reason, affects: ['worker', 'vote', 'result'] },
      {
        name: 'worker',
        host: 'app',
        up: false,
        reason: 'the unit is failed (exit-code)',
        affects: ['vote', 'result'],
      },
      ...allUp.components.slice(3),
    ],
  };
  expect(screen(dbDown)).toBe(`SLA Lab · sla  down: host db, postgres, redis, worker  412 ms

Hosts
  ● app      10.77.0.11
  ○ db       10.77.0.12       it is stopped: "./sla up" starts it again
  ● docker   10.77.0.13

Application
  ○ postgres db:5432          its host does not answer; affects worker, result, vote
  ○ redis    db:6379          its host does not answer; affects worker, vote, result
  ○ worker   app              the unit is failed (exit-code); affects vote, result
  ● vote     app:8080
  ● result   app:8081

Monitoring
  ● prometheus

${open}`);
});

test('nothing there: the headline says what to run', () => {
  const gone = allUp.hosts.map((host) => ({ ...host, reachable: false, reason: 'it is gone' }));
  expect(screen({ ...allUp, hosts: gone }).split('\n')[0]).toBe(
    'SLA Lab · sla  not up: run "./sla up"  412 ms',
  );
  expect(screen({ ...allUp, lab: 'two', hosts: gone }).split('\n')[0]).toBe(
    'SLA Lab · two  not up: run "./sla up --lab two"  412 ms',
  );
});

test('a silent Prometheus is told with its reason', () => {
  const text = screen({
    ...allUp,
    monitoring: { prometheus: { up: false, reason: 'the page answers with 503' } },
  });
  expect(text).toContain('down: prometheus');
  expect(text).toMatch(/○ prometheus +the page answers with 503/);
});

test('colours add nothing but colours', () => {
  const coloured = renderStatus(allUp, 412.4, true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  expect(coloured.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderStatus(allUp, 412.4, false));
});
