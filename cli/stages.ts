import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from 'listr2';
import type { Stage } from '../core/command.ts';
import { messageOf } from '../core/errors.ts';

/** Runs groups of stages one after the other, the stages of a group side by side; the first failure ends all. */
export type StageRunner = (groups: readonly (readonly Stage[])[]) => Promise<void>;

/** For a terminal: one moving line per stage, with its last words and its time. */
export const animatedStages: StageRunner = async (groups) => {
  const logger = new ListrLogger({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
  for (const group of groups) {
    const tasks = group.map((stage) => ({
      title: stage.title,
      task: (_: unknown, task: { output: string }) =>
        stage.run((line) => {
          task.output = line;
        }),
    }));
    await new Listr(tasks, {
      concurrent: true,
      exitOnError: true,
      rendererOptions: { logger, timer: PRESET_TIMER, showErrorMessage: false },
      registerSignalListeners: false,
    }).run();
  }
};

/** For a log: a line when a stage begins, when it says something, and when it ends. */
export const plainStages =
  (print: (line: string) => void): StageRunner =>
  async (groups) => {
    for (const group of groups) {
      const settled = await Promise.allSettled(group.map((stage) => runPlainly(stage, print)));
      for (const result of settled) if (result.status === 'rejected') throw result.reason;
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
