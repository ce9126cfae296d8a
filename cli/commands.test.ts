import { execFileSync } from 'node:child_process';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import type { Given } from '../core/command.ts';
import { SlaError } from '../core/errors.ts';
import { asCommand, createProgram, flagsOf, usageError } from './cli.ts';
import { commands } from './commands.ts';

interface Parsed extends Given {
  readonly command: string;
}

/** What a command would be run with; nothing is run. */
async function parse(...argv: readonly string[]): Promise<Parsed> {
  const seen: Parsed[] = [];
  const program = createProgram(async ({ name }, given) => void seen.push({ command: name, ...given }));
  await program.parseAsync(argv, { from: 'user' });
  return seen[0] ?? expect.unreachable('no command was run');
}

/** What a person is told of a command line that is not understood. */
async function refusalOf(...argv: readonly string[]): Promise<SlaError> {
  const thrown = await parse(...argv).catch((error: unknown) => error);
  if (thrown instanceof SlaError) return thrown;
  if (thrown instanceof CommanderError) return usageError(thrown, argv);
  throw thrown;
}

/** A command line as a shell would take it apart. */
const wordsOf = (line: string): readonly string[] =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

const usagesOf = (command: (typeof commands)[number]) =>
  flagsOf(command).map(({ usage }) => usage.split(' ')[0]);

describe.each(commands)('the command $name', (command) => {
  test('says what it does in one line, without a full stop', () => {
    expect(command.summary).toMatch(/^[a-z].{10,90}[^.]$/);
  });

  test('has an example that it understands itself', async () => {
    expect((await parse(...wordsOf(command.example))).command).toBe(command.name);
  });

  test('takes --json, and --dry-run when it changes something', () => {
    expect(usagesOf(command)).toContain('--json');
    expect(usagesOf(command).includes('--dry-run')).toBe(command.changesState);
  });

  test('describes every word and every flag once', () => {
    for (const { description } of [...(command.arguments ?? []), ...flagsOf(command)])
      expect(description).toMatch(/\S{2}/);
    expect(new Set(usagesOf(command)).size).toBe(flagsOf(command).length);
  });

  test('takes the lock of its lab only if it changes something', () => {
    expect(command.isExclusive === true && !command.changesState).toBe(false);
  });
});

test.each([
  [[], ['--help']],
  [['help'], ['--help']],
  [
    ['help', 'up'],
    ['up', '--help'],
  ],
  [['--version'], ['version']],
  [
    ['up', '--json'],
    ['up', '--json'],
  ],
])('what people try first is understood: %j', (argv, understood) => {
  expect(asCommand(argv)).toEqual(understood);
});

test('no two commands have one name', () => {
  expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
});

describe('words and flags', () => {
  test.each([
    [['vote', 'a'], { choice: 'A' }],
    [['vote', 'B'], { choice: 'B' }],
    [['doctor'], {}],
    [['doctor', 'DB'], { host: 'db' }],
    [['logs', 'app', 'worker'], { host: 'app', unit: 'worker' }],
    [['ssh', 'app'], { host: 'app', command: [] }],
  ])('%j means %j', async (argv, words) => {
    expect((await parse(...argv)).arguments).toEqual(words);
  });

  test('everything behind the host of ssh belongs to the remote command', async () => {
    expect(await parse('ssh', 'app', 'ls', '-la', '--color=never', '--json', 'a b')).toMatchObject({
      arguments: { host: 'app', command: ['ls', '-la', '--color=never', '--json', 'a b'] },
      flags: {},
    });
  });

  test('what stands before the host of ssh is ours', async () => {
    expect(await parse('ssh', '--json', '--lab', 'two', 'app', 'ls')).toMatchObject({
      arguments: { host: 'app', command: ['ls'] },
      flags: { json: true, lab: 'two' },
    });
  });

  test('flags stand anywhere behind another command', async () => {
    expect((await parse('down', '--all', '--dry-run', '--json')).flags).toEqual({
      all: true,
      dryRun: true,
      json: true,
    });
    expect((await parse('logs', 'db', '--lines', '50')).flags).toEqual({ lines: 50 });
  });
});

describe('a command line that is not understood', () => {
  test.each([
    [['stauts'], 'unknown command \'stauts\', did you mean "status"?'],
    [['dwon', '--all'], 'unknown command \'dwon\', did you mean "down"?'],
    [['destroy'], "unknown command 'destroy'"],
    [['status', '--jsn'], 'unknown option \'--jsn\', did you mean "--json"?'],
    [['up', '--dryrun'], 'unknown option \'--dryrun\', did you mean "--dry-run"?'],
    [['logs', 'db', '--line=5'], 'unknown option \'--line=5\', did you mean "--lines"?'],
    [['status', '--dry-run'], "unknown option '--dry-run'"],
    [['vote', 'c'], '"c" is no choice'],
    [['doctor', 'dbb'], '"dbb" is no host, did you mean "db"?'],
    [['test', 'units'], '"units" is no suite, did you mean "unit"?'],
    [['logs', 'app', '--lines', 'many'], '"many" is no number of lines'],
    [['logs', 'app', '--lines', '0'], '"0" is no number of lines'],
    [['vote'], "missing required argument 'choice'"],
    [['down', '--lab'], "option '--lab <name>' argument missing"],
  ])('%j is told: %s', async (argv, message) => {
    const refusal = await refusalOf(...argv);
    expect(refusal).toMatchObject({ code: 'usage', exitStatus: 2, message });
    expect(refusal.remedy).not.toBe('');
  });

  test('with too many words is refused, and the help of its command is named', async () => {
    const refusal = await refusalOf('status', 'everything');
    expect(refusal.message).toMatch(/^too many arguments/);
    expect(refusal.remedy).toBe('run "./sla status --help" for its words and flags');
  });

  test('with a flag before the command is told where flags stand', async () => {
    expect(await refusalOf('--json', 'status')).toMatchObject({
      message: "unknown option '--json'",
      remedy: expect.stringMatching(/^a flag stands behind its command/),
    });
  });

  test('of a choice names all choices', async () => {
    expect((await refusalOf('vote', 'c')).remedy).toBe('use one of A, B');
  });
});
