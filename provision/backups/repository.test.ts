import { describe, expect, it } from 'vitest';
import { siteWith } from '../../test/fakes/site.ts';
import { copyAuthorized, copyKnownHosts } from './copyAccess.ts';
import { dbRepositoryConfig, dockerRepositoryConfig } from './repository.ts';

const site = siteWith();

describe('what pgBackRest reads', () => {
  it('has the key of the repository on docker only, and shows it nowhere', () => {
    const key = site.secrets.key.reveal();
    expect(dockerRepositoryConfig(site).reveal()).toContain(`repo1-cipher-pass=${key}\n`);
    expect(String(dockerRepositoryConfig(site))).toBe('[secret]');
    expect(dbRepositoryConfig(site)).not.toMatch(new RegExp(`${key}|cipher`));
  });

  it('lets in the other host for one stanza, and says how much WAL may wait', () => {
    expect(dbRepositoryConfig(site)).toContain('tls-server-auth=docker=votes\n');
    expect(dockerRepositoryConfig(site).reveal()).toContain('tls-server-auth=db=votes\n');
    expect(dbRepositoryConfig(site)).toContain('archive-push-queue-max=512MiB\n');
  });
});

describe('the way to app', () => {
  it('has one key that may only copy', () => {
    expect(copyAuthorized('ssh-ed25519 AAAA c\n')).toBe(
      'restrict,command="/usr/bin/rrsync -no-lock /var/lib/sla" ssh-ed25519 AAAA c\n',
    );
  });

  it('pins the key of app, on whatever port', () => {
    const app = { name: 'app', address: '10.77.0.11', user: 'root', sshPort: 2222 } as const;
    expect(copyKnownHosts(app, 'AAAA')).toBe('[10.77.0.11]:2222 ssh-ed25519 AAAA\n');
  });
});
