import { expect, test } from 'vitest';
import { problemsOf } from '../core/config.ts';
import { adoptedHosts } from '../provision/adoption/config.ts';
import { slaConfig } from './config.ts';

const hosts = {
  app: { address: '192.0.2.11', user: 'admin' },
  db: { address: '192.0.2.12' },
  docker: { address: '192.0.2.13', port: 2222 },
};

test('the target adopted needs to know its hosts', () => {
  expect(problemsOf(slaConfig, { target: 'adopted' })).toEqual([
    { path: 'adopted', message: expect.stringContaining('adopted.hosts') },
  ]);
  expect(problemsOf(slaConfig, { target: 'adopted', adopted: { hosts } })).toEqual([]);
});

test('a wrong place of a host is named with its path', () => {
  const wrong = { ...hosts, db: { adress: '192.0.2.12' } };
  expect(problemsOf(slaConfig, { target: 'adopted', adopted: { hosts: wrong } })).toEqual(
    expect.arrayContaining([
      { path: 'adopted.hosts.db.adress', message: expect.stringContaining('did you mean "address"?') },
    ]),
  );
});

test('adopted hosts are root’s and on port 22 unless it is said otherwise', () => {
  const { adopted } = slaConfig.parse({ target: 'adopted', adopted: { hosts } });
  expect(adopted && adoptedHosts(adopted)).toEqual([
    { name: 'app', address: '192.0.2.11', user: 'admin', sshPort: 22 },
    { name: 'db', address: '192.0.2.12', user: 'root', sshPort: 22 },
    { name: 'docker', address: '192.0.2.13', user: 'root', sshPort: 2222 },
  ]);
});
