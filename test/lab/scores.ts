import { run } from './lab.ts';

export interface Scores {
  readonly a: number;
  readonly b: number;
}

/**
 * The counts that the result page shows, read as plain curl can: a socket.io session over HTTP polling.
 * Undefined when `polls` answers hold none, as from a page that is frozen.
 * Source: the Engine.IO protocol 4, where `0` opens, `40` connects, `42` is an event and RS parts two packets.
 */
export function scoresByCurl(resultUrl: string, polls = 5): Scores | undefined {
  const place = `${resultUrl}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse(curl(place).slice(1)) as { sid: string };
  curl('--data-raw', '40', `${place}&sid=${sid}`);
  for (let poll = 0; poll < polls; poll += 1) {
    const event = curl(`${place}&sid=${sid}`)
      .split('\u001e')
      .find((packet) => packet.startsWith('42["scores"'));
    if (event !== undefined) return JSON.parse((JSON.parse(event.slice(2)) as [string, string])[1]) as Scores;
  }
  return undefined;
}

const curl = (...words: readonly string[]): string =>
  run('curl', '--silent', '--show-error', '--fail', '--max-time', '5', '--noproxy', '*', ...words);

/** The counts of a page that must show some. */
export function shownScores(resultUrl: string): Scores {
  const scores = scoresByCurl(resultUrl);
  if (!scores) throw new Error(`${resultUrl} sends no scores`);
  return scores;
}
