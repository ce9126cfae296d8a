import type { Command } from '../../core/command.ts';
import { type Delivered, type SectionName, sectionNames } from '../../provision/inventory/types.ts';
import { type Context, insistOnLab } from '../context.ts';
import { deliveredPath, keptDelivered, type Recording, recordDeliveredOf } from '../delivered.ts';
import { hostsArgument, namedHosts } from '../hostsArgument.ts';

export const inventory: Command<Context> = {
  name: 'inventory',
  summary: 'record what was delivered at the first contact with a host, or show what is kept of it',
  example: 'inventory db',
  changesState: false,
  arguments: [hostsArgument],
  run: async (context, given) => {
    const names = namedHosts(given);
    if (names.some((name) => !keptDelivered(context, name))) await insistOnLab(context);
    const recordings = await recordDeliveredOf(context, names, () => undefined);
    const hosts = names.map((host, index) => ({
      host,
      recording: recordings[index] ?? 'kept',
      file: deliveredPath(context, host),
      delivered: keptDelivered(context, host) ?? null,
    }));
    return { result: { hosts }, text: hosts.map(textOf).join('\n\n') };
  },
};

interface Shown {
  readonly host: string;
  readonly recording: Recording;
  readonly file: string;
  readonly delivered: Delivered | null;
}

function textOf({ host, recording, file, delivered }: Shown): string {
  if (!delivered) {
    return `${host}: nothing is recorded: ours is on it already (/etc/sla or /var/lib/sla), so that what is there now is not what was delivered`;
  }
  const what =
    recording === 'recorded'
      ? 'recorded now'
      : `kept already, since ${delivered.takenAt}; nothing was overwritten`;
  return [`${host}: ${what}`, ...sectionNames.map((section) => lineOf(section, delivered)), `  ${file}`].join(
    '\n',
  );
}

/** How many there are, and the first of them where few are of interest. */
function lineOf(section: SectionName, delivered: Delivered): string {
  const names = Object.keys(delivered[section]);
  const shown = section === 'system' ? Object.values(delivered.system).join(', ') : listed(section, names);
  return `  ${section.padEnd(11)}${String(names.length).padStart(5)}  ${shown}`.trimEnd();
}

const listedSections: readonly SectionName[] = ['keys', 'ports', 'mounts', 'images', 'containers'];

function listed(section: SectionName, names: readonly string[]): string {
  if (!listedSections.includes(section)) return '';
  const rest = names.length > 6 ? `, and ${names.length - 6} more` : '';
  return `${names.slice(0, 6).join(', ')}${rest}`;
}
