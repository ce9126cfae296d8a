import { resolve } from 'node:path';
import { CommanderError, Option, Command as Program, Argument as ProgramArgument } from 'commander';
import type { Argument, Command, Flag, Given, Outcome } from '../core/command.ts';
import { loadConfig } from '../core/config.ts';
import { errorAsJson, renderError, SlaError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { type StateFolder, stateFolder } from '../core/state.ts';
import { lastSubnet } from '../lab/hosts.ts';
import { unfinishedRestore } from './backup/unfinished.ts';
import { commands, nouns } from './commands.ts';
import { type SlaConfig, slaConfig } from './config.ts';
import { type Context, createContext } from './context.ts';
import { interruptible } from './interrupt.ts';
import { lockOf } from './labLock.ts';
import { unfinishedLines } from './rebuild/unfinished.ts';
import { beginRecording } from './record.ts';
import { forSameLab, type LabFlags } from './sameLab.ts';
import { animatedStages, plainStages, stoppable } from './stages.ts';

interface GlobalFlags {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly config?: string;
  readonly lab?: string;
  readonly subnet?: string | undefined;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const narrate = (line: string): void => void process.stderr.write(`${line}\n`);

/** Runs one command line and gives the exit status. Results go to stdout, everything else to stderr. */
export async function runCli(argv: readonly string[]): Promise<number> {
  let isJson = beforeRest(argv).includes('--json');
  let exitStatus = 0;
  let chosen: LabFlags = {};
  try {
    const program = createProgram(async (command, given, globals) => {
      isJson = globals.json === true;
      chosen = { config: globals.config, lab: globals.lab };
      const outcome = await interruptible(
        (signal) => runCommand(command, given, globals, { argv, signal }),
        narrate,
      );
      const text = isJson
        ? JSON.stringify(outcome.result, null, 2)
        : forSameLab(outcome.text.trimEnd(), chosen);
      if (text !== '') print(text);
      exitStatus = outcome.exitStatus ?? 0;
    });
    await program.parseAsync(asCommand(argv), { from: 'user' });
    return exitStatus;
  } catch (thrown) {
    return fail(thrown, argv, isJson, chosen);
  }
}

/** What people try first, in the words of this command line. */
export function asCommand(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  if (first === undefined) return ['--help'];
  if (first === 'help') return [...rest, '--help'];
  return first === '--version' || first === '-V' ? ['version', ...rest] : argv;
}

/** The command line of every command, from the table. */
export function createProgram(
  run: (command: Command<Context>, given: Given, globals: GlobalFlags) => Promise<void>,
): Program {
  const program = new Program('sla')
    .description('Keeps the client’s three machines inside their SLA, and brings a lab to practise on.')
    .helpCommand(false)
    .enablePositionalOptions()
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const folders = new Map<string, Program>();
  for (const command of commands) {
    const [noun = '', verb] = command.name.split(' ');
    const folder = verb === undefined ? program : (folders.get(noun) ?? addNoun(program, noun));
    if (verb !== undefined) folders.set(noun, folder);
    addVerb(folder, command, run);
  }
  return program;
}

/** What several verbs are about: `sla backup now`, `sla backup list`. Alone it shows them. */
const addNoun = (program: Program, noun: string): Program =>
  program
    .command(noun)
    .summary(nouns[noun] ?? '')
    .description(nouns[noun] ?? '')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError(false)
    .action((_, unknown: Program) => {
      const [word] = unknown.args;
      if (word === undefined) unknown.outputHelp();
      else unknown.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
    })
    .allowExcessArguments();

function addVerb(
  program: Program,
  command: Command<Context>,
  run: (command: Command<Context>, given: Given, globals: GlobalFlags) => Promise<void>,
): void {
  const verb = program
    .command(command.name.split(' ').at(-1) ?? '')
    .summary(command.summary)
    .description(command.summary)
    .addHelpText('after', `\nExample:\n  $ ./sla ${command.example}`)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .showSuggestionAfterError(false);
  if (command.arguments?.some(({ takesRest }) => takesRest)) verb.passThroughOptions();
  for (const argument of command.arguments ?? []) verb.addArgument(programArgument(argument));
  for (const flag of flagsOf(command)) verb.addOption(programOption(flag));
  verb.action((...words: unknown[]) => {
    const flags = verb.opts<Record<string, unknown>>();
    const named = (command.arguments ?? []).flatMap(({ name }, index) =>
      words[index] === undefined ? [] : [[name, words[index]]],
    );
    return run(command, { arguments: Object.fromEntries(named), flags }, flags);
  });
}

function programOption({ usage, description, parse }: Flag): Option {
  const option = new Option(usage, description);
  return parse ? option.argParser(parse) : option;
}

/** The flags of a command, its own first, then those that every command takes. */
export const flagsOf = (command: Command<Context>): readonly Flag[] => [
  ...(command.flags ?? []),
  ...(command.changesState
    ? [{ usage: '--dry-run', description: 'print what would change, and change nothing' }]
    : []),
  { usage: '--json', description: 'print the result as JSON on stdout' },
  { usage: '--config <file>', description: 'configuration file (default: sla.config.ts of the checkout)' },
  { usage: '--lab <name>', description: 'name of the lab, instead of lab.name of the configuration' },
  { usage: '--subnet <cidr>', description: 'network of the lab, instead of lab.subnet of the configuration' },
];

async function runCommand(
  command: Command<Context>,
  given: Given,
  globals: GlobalFlags,
  { argv, signal }: { readonly argv: readonly string[]; readonly signal: AbortSignal },
): Promise<Outcome> {
  const state = stateFolder();
  const loaded = await loadConfig(slaConfig, configFile(globals, state.checkout));
  insistOnTarget(command, loaded, globals);
  const config = withOverrides(loaded, { subnet: ownSubnet(state, globals), ...globals });
  const isTerminal = process.stderr.isTTY === true;
  const isDryRun = globals.dryRun === true;
  const runStages = stoppable(isTerminal ? animatedStages : plainStages(narrate), signal);
  const context = createContext({ state, isDryRun, narrate, runStages, signal }, config, isTerminal);
  using lock = command.isExclusive && !isDryRun ? lockOf(context, command.name) : undefined;
  if (command.name !== 'rebuild')
    for (const line of unfinishedLines(context, lock !== undefined)) narrate(forSameLab(line, globals));
  if (command.name !== 'backup restore')
    for (const line of unfinishedRestore(context)) narrate(forSameLab(line, globals));
  const run = () => command.run(context, given);
  return await (command.changesState && !isDryRun ? recorded(context, argv, run) : run());
}

/** What changes something is written into the ledger, however it ends. */
async function recorded(
  context: Context,
  argv: readonly string[],
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  const recording = beginRecording(context, argv);
  try {
    const outcome = await run();
    await recording.end(outcome.exitStatus ?? 0);
    return outcome;
  } catch (thrown) {
    await recording.end({ thrown });
    throw thrown;
  }
}

/** Throws `usage` for a command, or a flag, that has no meaning for the target. */
function insistOnTarget(
  { name, onlyFor }: Command<Context>,
  { target }: SlaConfig,
  { lab, subnet }: GlobalFlags,
): void {
  if (onlyFor && onlyFor.target !== target) {
    throw new SlaError('usage', `"sla ${name}" is for the target ${onlyFor.target}, and this is ${target}`, {
      remedy: onlyFor.instead,
    });
  }
  if (target === 'lab' || (lab === undefined && subnet === undefined)) return;
  throw new SlaError('usage', '--lab and --subnet choose a lab, and the target is adopted', {
    remedy: 'choose other hosts with "--config FILE"',
  });
}

const configFile = ({ config }: GlobalFlags, checkout: string): string =>
  resolve(process.env.SLA_CWD ?? process.cwd(), config ?? `${checkout}/sla.config.ts`);

/** A lab that is named on the command line keeps the network that it was made with. */
const ownSubnet = (state: StateFolder, { lab }: GlobalFlags): string | undefined =>
  lab === undefined ? undefined : lastSubnet(state, lab);

function withOverrides(config: SlaConfig, { lab, subnet }: GlobalFlags): SlaConfig {
  const overrides = {
    ...(lab === undefined ? {} : { name: lab }),
    ...(subnet === undefined ? {} : { subnet }),
  };
  const merged = slaConfig.safeParse({ ...config, lab: { ...config.lab, ...overrides } });
  if (merged.success) return merged.data;
  throw new SlaError(
    'usage',
    merged.error.issues
      .map(({ path, message }) => `--${path.at(-1) === 'name' ? 'lab' : String(path.at(-1))}: ${message}`)
      .join('; '),
    {
      remedy: 'correct the flag; see "./sla up --help"',
    },
  );
}

function programArgument({
  name,
  description,
  isOptional,
  isRepeatable,
  takesRest,
  choices,
}: Argument): ProgramArgument {
  const inner = takesRest || isRepeatable ? `${name}...` : name;
  const argument = new ProgramArgument(isOptional ? `[${inner}]` : `<${inner}>`, description);
  if (!choices) return argument;
  if (!isRepeatable) return argument.argParser((value: string) => choiceOf(value, name, choices));
  const collect = (value: string, earlier: readonly string[] = []) => [
    ...earlier,
    choiceOf(value, name, choices),
  ];
  return argument.argParser<readonly string[]>(collect);
}

function choiceOf(value: string, name: string, choices: readonly string[]): string {
  const found = choices.find((choice) => choice.toLowerCase() === value.toLowerCase());
  if (found) return found;
  const meant = nearest(value, choices);
  throw new SlaError('usage', `"${value}" is no ${name}${meant ? `, did you mean "${meant}"?` : ''}`, {
    remedy: `use one of ${choices.join(', ')}`,
  });
}

function fail(thrown: unknown, argv: readonly string[], isJson: boolean, chosen: LabFlags): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const error = thrown instanceof CommanderError ? usageError(thrown, argv) : thrown;
  if (!(error instanceof SlaError)) {
    narrate(`this is a bug: ${error instanceof Error ? error.stack : String(error)}`);
    return 1;
  }
  if (isJson) print(JSON.stringify(errorAsJson(error), null, 2));
  narrate(forSameLab(renderError(error), chosen));
  return error.exitStatus;
}

/** What commander has to say of `argv`, with the name that was probably meant. */
export function usageError(thrown: CommanderError, argv: readonly string[]): SlaError {
  const message = thrown.message.replace(/^error: /, '');
  const command = commandOf(argv);
  const [, kind, word] = /unknown (command|option) '([^'= ]+)/.exec(message) ?? [];
  const known = kind === 'command' ? verbsAfter(argv[0]) : flagNames(command);
  const meant = word === undefined ? undefined : nearest(word, known);
  return new SlaError('usage', `${message}${meant ? `, did you mean "${meant}"?` : ''}`, {
    remedy: helpFor(command, kind),
  });
}

/** The command that a command line begins with. */
const commandOf = (argv: readonly string[]): Command<Context> | undefined =>
  commands.find(({ name }) => name.split(' ').every((word, index) => argv[index] === word));

/** Words that may stand where an unknown one did: verbs of a noun, or the first words of all commands. */
function verbsAfter(first: string | undefined): readonly string[] {
  const verbs = commands.flatMap(({ name }) => {
    const [noun, verb] = name.split(' ');
    return noun === first && verb !== undefined ? [verb] : [];
  });
  return verbs.length > 0 ? verbs : [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? ''))];
}

function helpFor(command: Command<Context> | undefined, unknown: string | undefined): string {
  if (command) return `run "./sla ${command.name} --help" for its words and flags`;
  const order = unknown === 'option' ? 'a flag stands behind its command; ' : '';
  return `${order}run "./sla --help" for the commands, or "./sla COMMAND --help" for one of them`;
}

/** Before a command only help can be asked for. */
const flagNames = (command: Command<Context> | undefined): readonly string[] => [
  '--help',
  ...(command ? flagsOf(command).map(flagName) : []),
];

const flagName = ({ usage }: Flag): string => usage.split(' ')[0] ?? '';

/** The words before those that belong to a remote command. */
const beforeRest = (argv: readonly string[]): readonly string[] =>
  argv[0] === 'ssh' ? argv.slice(0, 2) : argv;
