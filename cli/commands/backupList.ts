import type { Command } from '../../core/command.ts';
import { readKept, renderKept } from '../backup/listing.ts';
import type { Context } from '../context.ts';

export const backupList: Command<Context> = {
  name: 'backup list',
  summary: 'show backups, cuts, and the instants that can be restored to',
  example: 'backup list',
  changesState: false,
  run: async (context) => {
    const kept = await readKept(context);
    const { content, cuts, reachable, drills } = kept;
    return {
      result: {
        backups: content.backups,
        cuts: cuts.map((entry) => ('cut' in entry ? entry.cut : entry)),
        archive: content.archive,
        timelines: content.forks,
        reachable,
        drills,
      },
      text: renderKept(kept),
    };
  },
};
