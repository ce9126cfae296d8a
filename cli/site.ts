import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HostName, hostNames } from '../core/application.ts';
import { allOrOneError } from '../core/errors.ts';
import { pinnedKey } from '../core/knownHosts.ts';
import { withSession } from '../core/session.ts';
import { knownHostsPath, labPath, readIfPresent } from '../core/state.ts';
import { addressAt } from '../lab/subnet.ts';
import { ensureSecrets, presentSecrets, type SecretFolders } from '../provision/adapters/backupSecrets.ts';
import { makeCertificate, presentCertificate } from '../provision/adapters/certificate.ts';
import type { Improvement } from '../provision/config.ts';
import { addressOf, hostOf, type Site } from '../provision/site.ts';
import { agentPrograms } from './agent/program.ts';
import type { Context } from './context.ts';

/**
 * What the roles of the hosts are computed from. The first call of a lab makes its secrets. Adopted hosts are
 * asked from where they see us: those of `names` must answer.
 */
export const siteOf = async (context: Context, names: readonly HostName[] = hostNames): Promise<Site> =>
  siteSeenFrom(context, await operatorAddresses(context, names));

/** As `siteOf`, with these addresses of this machine; no host is asked for them. */
export async function siteSeenFrom(context: Context, operator: readonly string[]): Promise<Site> {
  const { config, hosts, state } = context;
  const folders: SecretFolders = {
    tls: labPath(state, config.lab.name, 'tls'),
    keys: labPath(state, config.lab.name, 'backup-keys'),
  };
  const addresses = { db: addressOf({ hosts }, 'db'), docker: addressOf({ hosts }, 'docker') };
  const site: Site = {
    hosts,
    operator,
    settings: config.provision,
    consolePorts: [config.stack.prometheusPort],
    agent: await agentPrograms(context),
    programs: {
      worker: programOf(state.checkout, context, 'worker'),
      result: programOf(state.checkout, context, 'result'),
    },
    secrets: context.isDryRun ? presentSecrets(folders) : await ensureSecrets(folders, addresses),
    appHostKey: pinnedKey(readIfPresent(knownHostsPath(state)) ?? '', hostOf({ hosts }, 'app')) ?? '',
  };
  if (config.provision.proxy === 'none') return site;
  const present = presentCertificate(folders.tls, 'app', Date.now());
  if (present) return { ...site, certificate: present };
  if (context.isDryRun) return site;
  const certificate = await makeCertificate(
    folders.tls,
    ['app', 'vote', 'result', 'localhost'],
    [addressOf(site, 'app'), '127.0.0.1'],
  );
  return { ...site, certificate };
}

/** This machine's addresses as the hosts see them. */
async function operatorAddresses(
  { config, hosts, openPlain }: Context,
  names: readonly HostName[],
): Promise<readonly string[]> {
  // The first address of the lab network is this machine's.
  if (config.target === 'lab') return [addressAt(config.lab.subnet, 1)];
  const addressSeenBy = (name: HostName): Promise<string> =>
    withSession(openPlain(name), async (host) => {
      const { stdout } = await host.exec(['printenv', 'SSH_CONNECTION']);
      return stdout.split(' ')[0] ?? '';
    });
  const seen = await allOrOneError(
    hosts.map(({ name }) =>
      names.includes(name) ? addressSeenBy(name) : addressSeenBy(name).catch(() => undefined),
    ),
  );
  return [...new Set(seen.filter((address) => address !== undefined))];
}

function programOf(
  checkout: string,
  { config }: Context,
  program: Improvement,
): Readonly<Record<string, string>> {
  if (!config.provision.improved.includes(program)) return {};
  const folder = join(checkout, 'lab/improved', program);
  const names = readdirSync(folder).filter((name) => !name.endsWith('.test.ts'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}
