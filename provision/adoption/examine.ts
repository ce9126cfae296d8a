import type { Host } from '../../core/host.ts';
import { insistOnAllAnswers, type Section, sectionsOf } from '../facts.ts';
import type { OpenPort } from '../firewall/ports.ts';
import { scriptOf } from '../script.ts';
import { type Check, checksOf } from './checks.ts';
import { type AdoptionQuestion, adoptionLines, adoptionQuestions } from './questions.ts';

/** Looks at a host over a session of the user who logs in; nothing is changed. Error: `host-unreachable`. */
export async function examine(
  host: Host,
  user: string,
  opens: readonly OpenPort[],
): Promise<readonly Check[]> {
  const clockOffsetMs = await offsetOf(host);
  const { stdout } = await host.exec(['sh', '-c', 'eval "$(cat)"'], scriptOf([], adoptionLines));
  const sections = sectionsOf(stdout);
  insistOnAllAnswers(host.name, sections, adoptionQuestions.length, 'run "./sla adopt" again');
  const answers = new Map(adoptionQuestions.map((name, index) => [name, sections[index]]));
  return checksOf({
    host: host.name,
    user,
    answer: (question) => answers.get(question) ?? unanswered(question),
    clockOffsetMs,
    opens,
  });
}

function unanswered(question: AdoptionQuestion): Section {
  throw new Error(`nobody asked for ${question}`);
}

/** Half of the way there and back is taken for the way there. */
async function offsetOf(host: Host): Promise<number> {
  const asked = Date.now();
  const { stdout } = await host.exec(['date', '+%s%3N']);
  return Number(stdout) - (asked + Date.now()) / 2;
}
