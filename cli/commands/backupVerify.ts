import { problemsOfCut, readCuts } from '../../backup/adapters/cutStore.ts';
import { pgbackrestRepository } from '../../backup/adapters/pgbackrest.ts';
import type { Command } from '../../core/command.ts';
import { errorCodes } from '../../core/errors.ts';
import { type Context, insistOnLab, withHost } from '../context.ts';

export const backupVerify: Command<Context> = {
  name: 'backup verify',
  summary: 'read every byte of the backups and cuts, and compare it with its checksum',
  example: 'backup verify',
  changesState: false,
  run: async (context) => {
    await insistOnLab(context);
    return withHost(context, 'docker', async (docker) => {
      const repository = await pgbackrestRepository(docker).verify();
      const entries = await readCuts(docker);
      const cuts: string[] = [];
      for (const entry of entries)
        cuts.push(
          ...('cut' in entry ? await problemsOfCut(docker, entry.cut) : [`${entry.label}: ${entry.problem}`]),
        );
      const problems = [
        ...repository.map((problem) => `repository: ${problem}`),
        ...cuts.map((problem) => `cut ${problem}`),
      ];
      return {
        result: { isWhole: problems.length === 0, cuts: entries.length, problems },
        text:
          problems.length === 0
            ? `the repository and ${entries.length} cuts are what they were`
            : [`${problems.length} problems:`, ...problems.map((problem) => `  ${problem}`)].join('\n'),
        exitStatus: problems.length === 0 ? 0 : errorCodes['backup-failed'].exit,
      };
    });
  },
};
