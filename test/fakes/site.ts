import { provisionConfig } from '../../provision/config.ts';
import { Secret } from '../../provision/secret.ts';
import type { Site } from '../../provision/site.ts';

/** Three hosts in 10.77.0.0/24, this machine at its first address. */
export const siteWith = (settings: Parameters<typeof provisionConfig.parse>[0] = {}): Site => ({
  hosts: [
    { name: 'app', address: '10.77.0.11', user: 'root', sshPort: 22 },
    { name: 'db', address: '10.77.0.12', user: 'root', sshPort: 22 },
    { name: 'docker', address: '10.77.0.13', user: 'root', sshPort: 22 },
  ],
  operator: ['10.77.0.1'],
  settings: provisionConfig.parse(settings),
  consolePorts: [9090],
  programs: { worker: { 'main.ts': 'work' }, result: { 'database.ts': 'count' } },
  secrets: {
    key: new Secret('the key of the repository'),
    streamPassword: new Secret('the password of the stream'),
    authority: 'the authority',
    certificates: {
      db: new Secret('the certificate of db'),
      docker: new Secret('the certificate of docker'),
    },
    copyKey: new Secret('the key for the copies'),
    copyPublicKey: 'ssh-ed25519 AAAAcopy sla-lab copy',
  },
  appHostKey: 'AAAAapp',
});
