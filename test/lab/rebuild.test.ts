import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostName } from '../../core/application.ts';
import { openEngine } from '../../lab/adapters/engine.ts';
import { inventoryOf } from '../../lab/leftovers.ts';
import {
  downIn,
  eventually,
  onHost,
  ownLabOf,
  sla,
  slaFailure,
  slaJson,
  slaOk,
  statusOf,
  testSubstrate,
} from './lab.ts';

// Its hosts come and go: not the lab that all tests share.
const ownLab = ownLabOf('rebuild');

interface Rebuilt {
  readonly host: HostName;
  readonly verdict: string;
  readonly digest: string;
  readonly differences?: string;
  readonly stages: readonly { readonly stage: string; readonly seconds: number | null }[];
}

const rebuild = (...words: readonly string[]) => slaJson<Rebuilt>(ownLab(), ['rebuild', ...words, '--yes']);

/** Runs a shell line on a host; its trimmed output. */
const on = (name: HostName, line: string): Promise<string> => onHost(ownLab(), name, 'sh', '-c', line);

const psql = (sql: string) => on('db', `runuser -u postgres -- psql -XAtqc ${JSON.stringify(sql)}`);

const journals = () => join(ownLab().stateDir, 'labs', ownLab().name, 'rebuild');
const copies = () => join(ownLab().stateDir, 'copies', ownLab().name);
const newest = () => join(copies(), readdirSync(copies()).toSorted().at(-1) ?? 'none');

/** Nothing of a rebuild is left but its copy, and nothing of a host that is no more. */
async function expectNoLeftovers(): Promise<void> {
  expect(readdirSync(journals())).toEqual([]);
  expect(readdirSync(copies()).filter((name) => name.startsWith('.'))).toEqual([]);
  for (const name of ['app', 'db'] as const)
    expect(await on(name, 'nft list tables; ls /etc/sla')).not.toMatch(/hold/);
  const { containers } = await inventoryOf(openEngine(), ownLab().name);
  const hosts = testSubstrate === 'vm' ? [] : ['app', 'db', 'docker'];
  expect(containers.map(({ name }) => name).toSorted()).toEqual(
    [...hosts, 'mailbox'].map((name) => `${ownLab().name}-${name}`),
  );
}

const expectWhole = async (): Promise<void> => {
  expect(downIn(await statusOf(ownLab()))).toEqual([]);
  await slaJson(ownLab(), ['vote', 'B']);
  await expectNoLeftovers();
};

/** Ends a rebuild by kill -9 at a random moment after it says `line`. */
async function killed(line: string, withinMs: number, host: HostName = 'db'): Promise<void> {
  let isSignalled = false;
  const { exitStatus, stderr } = await sla(ownLab(), ['rebuild', host, '--yes'], {
    onStderr: (text, child) => {
      if (isSignalled || !text.includes(line)) return;
      isSignalled = true;
      void sleep(Math.random() * withinMs).then(() => child.kill('SIGKILL'));
    },
  });
  expect([exitStatus, isSignalled], stderr).toEqual([255, true]);
}

beforeAll(async () => {
  await psql(
    `CREATE ROLE auditor LOGIN PASSWORD 'x' CONNECTION LIMIT 3; CREATE SCHEMA audit;
    CREATE TABLE audit.seen (id serial PRIMARY KEY, what text DEFAULT 'é'); INSERT INTO audit.seen DEFAULT VALUES;
    GRANT SELECT ON audit.seen TO auditor; CREATE EXTENSION pgcrypto; CREATE DATABASE other OWNER auditor`
      .replaceAll('\n', ' ')
      .replace('; CREATE DATABASE other OWNER auditor', ''),
  );
  await psql('CREATE DATABASE other OWNER auditor');
  await psql("ALTER DATABASE postgres SET work_mem = '5MB'");
  await psql("ALTER SYSTEM SET deadlock_timeout = '2s'");
  await on(
    'db',
    'redis-cli set kept forever; redis-cli set gone later ex 86400; redis-cli -n 3 rpush list a b',
  );
  await psql(
    "INSERT INTO votes SELECT md5(n::text), CASE n % 3 WHEN 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 1000) n",
  );
  await slaJson(ownLab(), ['vote', 'A']);
});

describe('a rebuild that nobody agreed to', () => {
  it('is refused without a terminal, and a dry run only says what it would do; nothing is touched', async () => {
    const id = () => on('db', 'ps -o lstart= -p 1');
    const before = await id();
    expect(await slaFailure(ownLab(), ['rebuild', 'db'])).toMatchObject({
      code: 'usage',
      remedy: expect.stringContaining('--yes'),
    });
    const { stdout } = await slaOk(ownLab(), ['rebuild', 'all', '--dry-run']);
    expect(stdout).toMatch(/Rebuild db[\s\S]*destroy the [\s\S]*Rebuild app[\s\S]*Rebuild docker/);
    expect(await id()).toBe(before);
    expect(existsSync(journals()) ? readdirSync(journals()) : []).toEqual([]);
    expect(existsSync(copies())).toBe(false);
  });

  it('of a copy that is not there names those that are', async () => {
    expect(await slaFailure(ownLab(), ['rebuild', 'db', '--yes', '--copy', 'x'])).toMatchObject({
      code: 'usage',
      message: 'no copy is named "x"',
    });
  });
});

describe('a rebuild of db', () => {
  it('after 1 000 votes ends with what it held, to the last grant, and counts votes', async () => {
    await on('db', 'touch /etc/not-delivered');
    const identity = 'sha256sum /etc/ssh/ssh_host_ed25519_key; hostname -I';
    const before = await on('db', identity);
    const { verdict, digest, differences } = await rebuild('db');
    expect(verdict, differences).toBe('IDENTICAL');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await on('db', `ls /etc/not-delivered || { ${identity}; }`)).toBe(before);
    expect(await psql('SELECT count(*) FROM votes')).toBe('1001');
    expect(await psql("SELECT string_agg(datname, ',' ORDER BY datname) FROM pg_database")).toBe(
      'other,postgres,template0,template1',
    );
    await expectWhole();
  });

  it('that was killed in one stage after the other goes on to the same end', async () => {
    await killed('· Hold votes', 500);
    await killed('· Save', 1500);
    await killed('· Replace db', 4000);
    await killed('· Settings', 1500);
    const { components } = await statusOf(ownLab());
    expect(components.find(({ name }) => name === 'postgres')).toMatchObject({ up: false });
    const { stderr } = await sla(ownLab(), ['status']);
    expect(stderr).toContain('the rebuild of db is not finished');
    // What would start programs on half a store, or certify it, is refused.
    for (const words of [['up'], ['converge', 'app'], ['rebuild', 'app', '--yes']])
      expect(await slaFailure(ownLab(), words), words.join(' ')).toMatchObject({
        code: 'rebuild-unfinished',
        remedy: expect.stringMatching(/sla rebuild .*db/),
      });
    await killed('· Restore', 1500);
    // From here on votes are accepted: what was restored is not restored over them.
    await killed('· Converge', 1500);
    await slaJson(ownLab(), ['vote', 'A']);
    const votes = await psql('SELECT count(*) FROM votes');
    const { verdict, differences } = await rebuild('db');
    expect(verdict, differences).toBe('IDENTICAL');
    expect(await psql('SELECT count(*) FROM votes')).toBe(votes);
    await expectWhole();
  });

  it('with a full disk saves both stores whole, and they come back', async () => {
    await on(
      'db',
      'fallocate --length 8G /var/fill || dd if=/dev/zero of=/var/fill bs=1M status=none || true',
    );
    expect(await on('db', 'redis-cli save 2>&1 || true')).not.toBe('OK');
    const { verdict, differences } = await rebuild('db');
    expect(verdict, differences).toBe('IDENTICAL');
    await expectWhole();
  });

  it('whose restore fails leaves db up and not healthy, the copy intact, and says what to do next', async () => {
    await killed('· Start', 500);
    const dump = join(newest(), 'postgres/database-0.dump');
    const manifest = join(newest(), 'manifest.json');
    const [good, goodManifest] = [readFileSync(dump), readFileSync(manifest)];
    appendFileSync(dump, 'x');
    expect(await failedRestore()).toContain('is damaged or gone');
    // One that PostgreSQL itself finds out about, half-way.
    writeFileSync(dump, good);
    truncateSync(dump, good.length - 2000);
    const sha256 = createHash('sha256').update(readFileSync(dump)).digest('hex');
    writeFileSync(manifest, withSum(String(goodManifest), sha256));
    expect(await failedRestore()).toContain('pg_restore');
    expect(readdirSync(copies()).length).toBeGreaterThan(0);

    writeFileSync(dump, good);
    writeFileSync(manifest, goodManifest);
    const { verdict, differences } = await rebuild('db');
    expect(verdict, differences).toBe('IDENTICAL');
    await expectWhole();
  });

  it('that Ctrl-C ends before anything was destroyed is no more, and votes are accepted again', async () => {
    let isSignalled = false;
    const { exitStatus, stderr } = await sla(ownLab(), ['rebuild', 'db', '--yes'], {
      onStderr: (text, child) => {
        if (isSignalled || !text.includes('· Hold votes')) return;
        isSignalled = true;
        child.kill('SIGINT');
      },
    });
    expect(exitStatus, stderr).toBe(130);
    await slaJson(ownLab(), ['vote', 'A']);
    await expectNoLeftovers();
  });

  it('whose stores do not answer takes the newest copy, and without one insists on a word', async () => {
    await on('db', 'systemctl mask --now --runtime postgresql@17-main redis-server');
    const { result, stderr } = await dryRunText('db');
    expect(result + stderr).toMatch(/postgres does not answer: postgres comes back as of \d{4}-/);
    renameSync(copies(), `${copies()}.aside`);
    expect(await slaFailure(ownLab(), ['rebuild', 'db', '--yes'])).toMatchObject({
      code: 'nothing-to-restore',
      exitStatus: 44,
      remedy: expect.stringContaining('--accept-loss'),
    });
    renameSync(`${copies()}.aside`, copies());
    await on('db', 'systemctl unmask --runtime postgresql@17-main redis-server');
    await on('db', 'systemctl start postgresql@17-main redis-server');
  });
});

describe('a rebuild of app', () => {
  it('loses no vote that was accepted, and changes nothing in the stores', async () => {
    const before = Number(await psql('SELECT count(*) FROM votes'));
    const queued = Array.from({ length: 30 }, (_, voter) => `{"voter_id":"queued-${voter}","vote":"a"}`);
    await on('db', `redis-cli rpush votes ${queued.map((vote) => `'${vote}'`).join(' ')}`);
    await killed('· Replace app', 4000, 'app');
    const { verdict, differences } = await rebuild('app');
    expect(verdict, differences).toBe('IDENTICAL');
    await eventually('all that were queued are counted', async () =>
      Number(await psql('SELECT count(*) FROM votes')) === before + 30 ? true : undefined,
    );
    await expectWhole();
  });
});

describe('a rebuild of docker', () => {
  it('brings back all that runs there, while votes are accepted', async () => {
    let voted: Promise<unknown> | undefined;
    const { exitStatus, stdout } = await sla(ownLab(), ['rebuild', 'docker', '--yes', '--json'], {
      onStderr: (text) => {
        if (text.includes('· Replace docker')) voted ??= slaJson(ownLab(), ['vote', 'A']);
      },
    });
    await voted;
    const { verdict, differences = '' } = JSON.parse(stdout) as Rebuilt;
    expect([exitStatus, verdict], differences).toEqual([0, 'VOTES ONLY']);
    expect(differences).toContain('public.votes only after');
    await expectWhole();
  });
});

const withSum = (manifest: string, sha256: string): string => {
  const parsed = JSON.parse(manifest);
  parsed.files['postgres/database-0.dump'].sha256 = sha256;
  return JSON.stringify(parsed);
};

/** Runs a rebuild whose restore fails, and gives its cause. */
async function failedRestore(): Promise<string> {
  const failure = await slaFailure(ownLab(), ['rebuild', 'db', '--yes']);
  expect(failure).toMatchObject({
    code: 'restore-failed',
    exitStatus: 43,
    remedy: expect.stringContaining('./sla rebuild db'),
    runbook: 'docs/runbooks/restore-failed.md',
  });
  const status = await statusOf(ownLab());
  expect(status.hosts.every(({ reachable }) => reachable)).toBe(true);
  expect(downIn(status)).toEqual(expect.arrayContaining(['postgres', 'redis']));
  const voted = await fetch(status.urls.vote, { method: 'POST', body: new URLSearchParams({ vote: 'a' }) });
  expect(voted.status).toBeGreaterThanOrEqual(500);
  return String(failure.cause);
}

async function dryRunText(host: HostName): Promise<{ result: string; stderr: string }> {
  const { stdout, stderr } = await slaOk(ownLab(), ['rebuild', host, '--dry-run']);
  return { result: stdout, stderr };
}
