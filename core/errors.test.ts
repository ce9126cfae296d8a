import { describe, expect, test } from 'vitest';
import { allOrOneError, errorAsJson, errorCodes, messageOf, renderError, SlaError } from './errors.ts';

describe('what a person reads', () => {
  test('an error is rendered with its code, cause and remedy', () => {
    const error = new SlaError('host-unreachable', 'cannot open an ssh session to db (10.77.0.12)', {
      cause: new Error('connect ETIMEDOUT'),
      remedy: 'run "sla doctor db"; if it fails, follow docs/runbooks/host-unreachable.md',
    });
    expect(renderError(error)).toBe(`error: cannot open an ssh session to db (10.77.0.12) [host-unreachable]
  cause:  connect ETIMEDOUT
  remedy: run "sla doctor db"; if it fails, follow docs/runbooks/host-unreachable.md`);
  });

  test('without a remedy the runbook of the code is named, and without a cause there is no such line', () => {
    expect(
      renderError(new SlaError('page-down', 'the vote page is down')),
    ).toBe(`error: the vote page is down [page-down]
  remedy: follow docs/runbooks/page-down.md`);
  });

  test('the lines of a long cause stand below each other', () => {
    expect(
      renderError(new SlaError('usage', 'no', { cause: 'one\ntwo\n', remedy: 'this\nthat' })),
    ).toBe(`error: no [usage]
  cause:  one
          two
  remedy: this
          that`);
  });
});

describe('what --json prints', () => {
  test('an error in JSON names its runbook', () => {
    expect(
      errorAsJson(new SlaError('port-taken', 'port 80 is in use', { cause: 'nginx', remedy: 'stop it' })),
    ).toEqual({
      error: {
        code: 'port-taken',
        message: 'port 80 is in use',
        cause: 'nginx',
        remedy: 'stop it',
        runbook: 'docs/runbooks/port-taken.md',
      },
    });
  });

  test('an error without a cause has no such key', () => {
    expect(errorAsJson(new SlaError('usage', 'no')).error).not.toHaveProperty('cause');
  });
});

describe('several failures', () => {
  const failing = async (turns: number, thrown: unknown): Promise<never> => {
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    throw thrown;
  };

  test('results come back in the order of the tasks', async () => {
    expect(await allOrOneError([Promise.resolve('app'), Promise.resolve('db')])).toEqual(['app', 'db']);
  });

  test('the trouble of three hosts arrives together, each remedy once', async () => {
    const gathered = await allOrOneError([
      failing(3, new SlaError('host-unreachable', 'no app', { cause: 'timeout', remedy: 'run doctor' })),
      failing(0, new SlaError('host-unreachable', 'no db', { remedy: 'run doctor' })),
      failing(1, new SlaError('login-refused', 'no docker', { cause: 'denied', remedy: 'mend the key' })),
    ]).catch((thrown: unknown) => thrown);
    expect(gathered).toMatchObject({
      code: 'host-unreachable',
      message: 'no app; no db; no docker',
      cause: 'timeout\ndenied',
      remedy: 'run doctor\nmend the key',
    });
  });

  test('errors without a cause gather to one without a cause', async () => {
    const gathered = await allOrOneError([
      failing(0, new SlaError('usage', 'a')),
      failing(0, new SlaError('usage', 'b')),
    ]).catch((thrown: unknown) => thrown);
    expect(renderError(gathered as SlaError)).not.toContain('cause:');
  });

  test('one failure stays as it is', async () => {
    const only = new SlaError('vote-lost', 'gone');
    await expect(allOrOneError([Promise.resolve(1), failing(0, only)])).rejects.toBe(only);
  });

  test('a bug is not hidden among foreseen failures', async () => {
    const bug = new TypeError('x is undefined');
    await expect(allOrOneError([failing(0, new SlaError('usage', 'a')), failing(2, bug)])).rejects.toBe(bug);
  });

  test('all tasks have ended before the error is thrown', async () => {
    let isSlowDone = false;
    const slow = failing(5, new SlaError('usage', 'slow')).finally(() => {
      isSlowDone = true;
    });
    await expect(allOrOneError([failing(0, new SlaError('usage', 'fast')), slow])).rejects.toThrow('fast');
    expect(isSlowDone).toBe(true);
  });
});

describe('the table of codes', () => {
  const statuses = Object.fromEntries(Object.entries(errorCodes).map(([code, { exit }]) => [code, exit]));

  test('exit statuses are permanent: a script may rely on them', () => {
    expect(statuses).toEqual({
      usage: 2,
      'config-invalid': 3,
      'machine-not-ready': 4,
      'engine-unreachable': 10,
      'subnet-in-use': 11,
      'port-taken': 12,
      'disk-too-small': 13,
      'mirror-failed': 14,
      'image-build-failed': 15,
      'provider-unavailable': 16,
      'terraform-failed': 17,
      'terraform-locked': 18,
      'lab-busy': 19,
      'lab-owned-elsewhere': 20,
      'lab-absent': 21,
      'lab-differs': 22,
      'engine-failed': 23,
      'host-unreachable': 30,
      'host-key-changed': 31,
      'login-refused': 32,
      'host-gone': 33,
      'remote-command-failed': 34,
      'systemd-degraded': 35,
      'unit-down': 36,
      'port-closed': 37,
      'page-down': 38,
      'vote-lost': 39,
      'state-differs': 40,
      'drift-found': 41,
      'adoption-refused': 42,
      'restore-failed': 43,
      'nothing-to-restore': 44,
      'rebuild-unfinished': 45,
      'backup-failed': 70,
      'backup-key': 71,
      'repository-full': 72,
      'target-unreachable': 73,
      'store-busy': 74,
      'restore-unfinished': 75,
      'drill-failed': 80,
      'drill-unverified': 81,
      'control-passed': 82,
      'agent-away': 49,
      'checks-failed': 50,
      'journal-damaged': 60,
      'journal-source': 61,
      'votes-held': 62,
      interrupted: 130,
    });
  });

  test('no two codes share a status, and none is that of success or of a bug', () => {
    const all = Object.values(statuses);
    expect(new Set(all).size).toBe(all.length);
    for (const status of all) expect(status).toSatisfy((value: number) => value > 1 && value < 256);
  });

  test('an error ends the program with the status of its code', () => {
    expect(new SlaError('lab-busy', 'x').exitStatus).toBe(19);
  });
});

test.each([
  ['an error gives its message', new Error('boom'), 'boom'],
  ['a text is itself', 'boom', 'boom'],
  ['anything else is printed', 42, '42'],
])('%s', (_, thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});
