import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from 'listr2';
import type { Stage } from '../core/command.ts';
import { allOrOneError, messageOf } from '../core/errors.ts';

/** Runs groups of stages one after the other, the stages of a group side by side; a failure ends with its group. */
export type StageRunner = (groups: readonly (readonly Stage[])[]) => Promise<void>;

/** For a terminal: one moving line per stage, with its last words and its time. */
export const animatedStages: StageRunner = async (groups) => {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  for (const group of groups) {
    if (group.some(({ mayAsk }) => mayAsk === true)) {
      await plainStages((line) => void process.stderr.write(`${line}\n`))([group]);
      continue;
    }
    const runs: Promise<void>[] = [];
    const tasks = group.map((stage) => ({
      title: stage.title,
      task: (_: unknown, task: { output: string }) => {
        const run = stage.run((line) => {
          task.output = line;
        });
        runs.push(run);
        return run;
      },
    }));
    await new Listr(tasks, {
      concurrent: true,
      // Each comes to its end, so that no work is cut off and the failures arrive together.
      exitOnError: false,
      rendererOptions: { logger, timer: PRESET_TIMER, showErrorMessage: false },
      registerSignalListeners: false,
    }).run();
    await allOrOneError(runs);
  }
};

/** Starts no further group once `signal` is aborted, and throws its reason. */
export const stoppable =
  (run: StageRunner, signal: AbortSignal): StageRunner =>
  async (groups) => {
    for (const group of groups) {
      signal.throwIfAborted();
      await run([group]);
    }
  };

/** For a log: a line when a stage begins, when it says something, and when it ends. */
export const plainStages =
  (print: (line: string) => void): StageRunner =>
  async (groups) => {
    for (const group of groups) {
      await allOrOneError(group.map((stage) => runPlainly(stage, print)));
    }
  };

async function runPlainly(stage: Stage, print: (line: string) => void): Promise<void> {
  const started = performance.now();
  const elapsed = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  print(`· ${stage.title}`);
  try {
    await stage.run((line) => print(`  ${stage.title}: ${line}`));
    print(`✓ ${stage.title}  ${elapsed()}`);
  } catch (thrown) {
    print(`✗ ${stage.title}  ${elapsed()}: ${messageOf(thrown)}`);
    throw thrown;
  }
}
