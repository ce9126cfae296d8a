import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type HostName, hostNames } from '../../core/application.ts';
import { backupUnits, copies, places, stanza, streamName } from '../../core/backupLayout.ts';
import { withSession } from '../../core/session.ts';
import { eventually, expectAllUp, hostOf, onHost, slaJson, testLab } from './lab.ts';

/** Runs a shell line on a host; its trimmed output. */
const on = (name: HostName, line: string): Promise<string> => onHost(testLab(), name, 'bash', '-c', line);
const query = (statement: string): Promise<string> =>
  onHost(testLab(), 'db', 'runuser', '-u', 'postgres', '--', 'psql', '-XAtqc', statement);

/** A commit with a text in it, and no trace in any table. */
const commit = (text: string): Promise<string> =>
  query(`SELECT pg_logical_emit_message(true, 'sla-test', '${text}')`);

const isGiven = async (): Promise<true | undefined> => {
  const state = await query(
    `SELECT sync_state FROM pg_stat_replication WHERE application_name = '${streamName}'`,
  );
  return state === 'sync' ? true : undefined;
};
const given = () => eventually('a commit waits for docker', isGiven);
const gone = () =>
  eventually('no commit waits', async () =>
    (await query('SHOW synchronous_standby_names')) === '' ? true : undefined,
  );

/** Moment of the journal of db from which on something is looked for. */
const cursor = (): Promise<string> => on('db', 'date +%s.%N');
const guardSaid = (since: string): Promise<string> =>
  on('db', `journalctl --output=cat --since=@${since} --unit=${backupUnits.syncGuard}`);

const asPostgres = 'runuser -u postgres --';

afterAll(() => expectAllUp(testLab()));

describe('the archive', () => {
  it('has each segment of WAL soon after it is written, and so has every host its part to play', async () => {
    const segment = await query(
      "SELECT pg_walfile_name(pg_current_wal_lsn()) FROM (SELECT pg_logical_emit_message(true, 'sla-test', 'x')) AS written",
    );
    await query('SELECT pg_switch_wal()');
    await eventually('the segment is archived', async () =>
      (await on('docker', `find ${places.repository}/archive/${stanza} -name '${segment}-*' | head -n 1`))
        ? true
        : undefined,
    );
    expect(await on('docker', '/usr/local/sbin/sla-stanza state')).toBe('ready');
  });

  it('is encrypted with a key that db has not, and db restores from it all the same', async () => {
    await on('docker', `${asPostgres} pgbackrest --stanza=${stanza} --log-level-console=warn backup`);
    // What a bundle holds is encrypted without the mark that a file of its own begins with.
    const heads = (files: string): Promise<string> =>
      on('docker', `find ${places.repository} -type f ${files} -exec head -qc 8 {} + | fold -bw 8 | sort -u`);
    expect(await heads("! -path '*/bundle/*'")).toBe('Salted__');
    const frames = "LC_ALL=C grep -rlaP '^\\x28\\xb5\\x2f\\xfd'";
    expect(await on('docker', `${frames} ${places.repository} || true`)).toBe('');
    const key = await on('docker', `cat ${places.keyFile}`);
    expect(key.length).toBeGreaterThan(40);
    expect(await findIn('db', key, 'grep -rlsFf - /etc /var/lib /run /root /usr/local')).toBe('');
    const scratch = '/var/lib/postgresql/sla-test-scratch';
    try {
      await on('db', `install -d -o postgres -g postgres -m 700 ${scratch}`);
      await on('db', `${asPostgres} pgbackrest --stanza=${stanza} --pg1-path=${scratch} --type=none restore`);
      expect(await on('db', `cat ${scratch}/PG_VERSION`)).toBe('17');
    } finally {
      await on('db', `rm -rf ${scratch}`);
    }
  });

  it('is open to the other host only for its own stanza', async () => {
    const other = `${asPostgres} pgbackrest --stanza=strange --pg1-path=/var/lib/postgresql/17/main --log-level-console=error archive-get 000000010000000000000001 /tmp/sla-test 2>&1; true`;
    expect(await on('db', other)).toContain('access denied');
    expect(await on('app', 'timeout 2 bash -c "exec 3<>/dev/tcp/docker/8432" 2>&1; echo $?')).not.toMatch(
      /^0$/m,
    );
  });
});

describe('the stream', () => {
  afterEach(async () => {
    await on(
      'docker',
      `rm -f ${places.cuts}/sla-test-full; pkill -CONT pg_receivewal; systemctl start ${backupUnits.stream}`,
    );
    await given();
  });

  it('has a commit on docker before it is confirmed', async () => {
    await given();
    const text = `sla-test-${process.pid}-${Date.now()}`;
    await commit(text);
    expect(await on('docker', `grep -laF ${text} ${places.stream}/0*`)).not.toBe('');
  });

  it('is what a commit waits for, and for no longer than the guard allows', async () => {
    const since = await cursor();
    await on('docker', 'pkill -STOP pg_receivewal');
    let isDone = false;
    const committed = commit('waits').then(() => {
      isDone = true;
    });
    await eventually('the commit waits', async () =>
      (await query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")) === '1'
        ? true
        : undefined,
    );
    expect(isDone).toBe(false);
    await committed;
    expect(await guardSaid(since)).toContain('the guarantee is gone: nobody has received the WAL for 2 s');
  });

  it('may stop: commits go on, it is said, and the guarantee comes back by itself', async () => {
    await given();
    const since = await cursor();
    await on('docker', `systemctl stop ${backupUnits.stream}`);
    await commit('without a receiver');
    await gone();
    await on('docker', `systemctl start ${backupUnits.stream}`);
    await given();
    expect(await guardSaid(since)).toMatch(/the guarantee is gone: [\s\S]*the guarantee is given: /);
  });

  it('never fills the disk of docker, and a full one stops no commit', async () => {
    await given();
    await on(
      'docker',
      `fallocate -l $(df --output=avail -B1 ${places.cuts} | tail -n 1) ${places.cuts}/sla-test-full`,
    );
    await commit('on a full disk');
    await gone();
    await commit('after it');
    expect(await on('docker', `journalctl --output=cat --lines=3 --unit=${backupUnits.stream}`)).toContain(
      'the disk is nearly full',
    );
  });

  it('leaves nobody waiting when its guard is stopped, and a killed guard goes on', async () => {
    await given();
    await on('db', `systemctl stop ${backupUnits.syncGuard}`);
    await gone();
    await on('db', `systemctl start ${backupUnits.syncGuard}`);
    await given();
    await on('db', `systemctl kill --signal=KILL ${backupUnits.syncGuard}`);
    await commit('under a guard that was killed');
    await eventually('the guard is back', async () =>
      (await on('db', `systemctl is-active ${backupUnits.syncGuard} || true`)) === 'active'
        ? true
        : undefined,
    );
    expect(await isGiven()).toBe(true);
  });
});

describe('the replica', () => {
  it('has each accepted vote in its append-only file, with the time', async () => {
    const { voterId } = await slaJson<{ voterId: string }>(testLab(), ['vote', 'A']);
    const lines = await eventually('the vote is in the file', async () => {
      const found = await on(
        'docker',
        `grep -ahF -B 20 '${voterId}' ${places.replica}/appendonlydir/*.incr.aof || true`,
      );
      return found.includes(voterId) ? found : undefined;
    });
    expect(lines).toMatch(/RPUSH/i);
    expect(await on('docker', `grep -ac '^#TS:' ${places.replica}/appendonlydir/*.incr.aof`)).not.toBe('0');
  });

  it('answers on the loopback only, and takes no writes', async () => {
    expect(await on('docker', 'redis-cli -p 6380 set sla-test 1 2>&1 || true')).toContain('READONLY');
    expect(await on('docker', "ss -Hltn 'sport = :6380' | tr -s ' ' | cut -d ' ' -f 4")).toBe(
      '127.0.0.1:6380',
    );
    expect(await on('docker', 'systemctl is-enabled redis-server.service || true')).toBe('masked');
    expect(await on('docker', 'pg_lsclusters --no-header')).toBe('');
  });
});

describe('the way to app', () => {
  const ssh = `ssh -F ${places.copySsh}`;
  const folder = `${places.cuts}/sla-test-copy`;

  afterAll(async () => {
    await on('docker', `rm -rf ${folder}`);
    await on('app', `rm -rf ${folder}`);
  });

  it('takes copies there and back', async () => {
    await on('docker', `mkdir -p ${folder}; echo kept > ${folder}/file`);
    await on('docker', `rsync -a -e '${ssh}' ${folder} app:cuts/`);
    expect(await on('app', `cat ${folder}/file; stat -c %U ${folder}/file`)).toBe(`kept\n${copies.user}`);
    await on('docker', `rm -r ${folder}; rsync -a -e '${ssh}' app:cuts/sla-test-copy ${places.cuts}/`);
    expect(await on('docker', `cat ${folder}/file`)).toBe('kept');
  });

  it.each([
    ['a shell', `${ssh} app < /dev/null`],
    ['a command', `${ssh} app id`],
    ['a file that is not a copy', `rsync -e '${ssh}' app:/etc/hostname /tmp/`],
    ['a way out of the folder', `rsync -e '${ssh}' app:../../../etc/hostname /tmp/`],
    ['another port', `${ssh} -N -W 127.0.0.1:22 app < /dev/null`],
  ])('is not %s', async (_, line) => {
    expect(await on('docker', `timeout 20 ${line} > /dev/null 2>&1 && echo works || echo refused`)).toBe(
      'refused',
    );
  });
});

/** Output of a shell line that is given a text on stdin, where no process list shows it. */
const findIn = (name: HostName, text: string, line: string): Promise<string> =>
  withSession(hostOf(testLab(), name), async (host) => {
    const { stdout } = await host.query(['bash', '-c', line], `${text}\n`);
    return stdout.trim();
  });

describe('the secrets of the backups', () => {
  it('stand in no process list and in no journal', async () => {
    const key = await on('docker', `cat ${places.keyFile}`);
    const password = (await on('docker', 'cut -d : -f 5 /etc/sla/stream.pgpass')).trim();
    const verifier = (await on('db', "grep -o 'SCRAM-SHA-256[^'\"'\"']*' /etc/sla/stream-role.sql")).trim();
    const secrets = [key, password, verifier];
    expect(secrets.every((secret) => secret.length > 40)).toBe(true);
    const leaks =
      'cat > /dev/shm/sla-test-secrets; { ps axww -o args; journalctl --no-pager; cat /var/log/postgresql/* 2> /dev/null; } | grep -cFf /dev/shm/sla-test-secrets; rm /dev/shm/sla-test-secrets';
    for (const name of hostNames) expect(await findIn(name, secrets.join('\n'), leaks), name).toBe('0');
  });

  it('are read by nobody else', async () => {
    const modes = async (name: HostName, ...paths: readonly string[]) =>
      (await on(name, `stat -c '%a %U' ${paths.join(' ')}`)).split('\n');
    expect(
      await modes(
        'docker',
        places.keyFile,
        '/etc/sla/copy.key',
        '/etc/sla/stream.pgpass',
        '/etc/sla/pgbackrest/host.pem',
        '/etc/pgbackrest/pgbackrest.conf',
      ),
    ).toEqual(['600 root', '600 root', '600 postgres', '600 postgres', '640 root']);
    expect(await modes('db', '/etc/sla/pgbackrest/host.pem', '/etc/sla/stream-role.sql')).toEqual([
      '600 postgres',
      '640 root',
    ]);
  });
});
