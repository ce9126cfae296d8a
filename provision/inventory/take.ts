import type { Host } from '../../core/host.ts';
import { insistOnAllAnswers, type Section, sectionsOf } from '../facts.ts';
import { runsScript, scriptOf } from '../script.ts';
import { evidenceFrom } from './evidence.ts';
import { type Answers, inventoryFrom } from './parse.ts';
import { inventoryLines, type Question, questionNames } from './questions.ts';
import type { Found, Inventory } from './types.ts';

/** The state of a host that nobody of ours has changed; undefined when our marks are on it. */
export async function takeDelivered(
  host: Host,
  editedPaths: readonly string[],
): Promise<Inventory | undefined> {
  const { answers, texts } = await ask(host, editedPaths, false);
  return answers('marks') === '' ? inventoryFrom(answers, texts) : undefined;
}

/** The state of a host now, with what the host knows about where it comes from. */
export async function takeFound(host: Host, editedPaths: readonly string[]): Promise<Found> {
  const { answers, texts } = await ask(host, editedPaths, true);
  return { inventory: inventoryFrom(answers, texts), evidence: evidenceFrom(answers) };
}

/** All questions in one trip. Errors: `host-unreachable`, `remote-command-failed`. */
async function ask(host: Host, paths: readonly string[], isFound: boolean) {
  const names = questionNames(isFound);
  const { stdout } = await host.exec(runsScript, scriptOf([], inventoryLines(paths, isFound)));
  const sections = sectionsOf(stdout);
  insistOnAllAnswers(host.name, sections, names.length + paths.length);
  return { answers: answersIn(names, sections), texts: textsIn(paths, sections.slice(names.length)) };
}

function answersIn(names: readonly Question[], sections: readonly Section[]): Answers {
  const outputs = new Map<string, string>(names.map((name, index) => [name, sections[index]?.output ?? '']));
  return (question) => {
    const output = outputs.get(question);
    if (output === undefined) throw new Error(`nobody asked for ${question}`);
    return output;
  };
}

/** Files that are not there have no text. */
const textsIn = (paths: readonly string[], sections: readonly Section[]): ReadonlyMap<string, string> =>
  new Map(
    paths.flatMap((path, index) => {
      const section = sections[index];
      return section?.status === 0 ? [[path, section.output] as const] : [];
    }),
  );
