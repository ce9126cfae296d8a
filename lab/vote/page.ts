import { html } from 'hono/html';

export interface Options {
  readonly a: string;
  readonly b: string;
}

export interface VotePage {
  readonly options: Options;
  readonly containerId: string;
  /** What was just voted; none when the page is only looked at. */
  readonly vote?: string | undefined;
}

export function renderPage({ options, containerId, vote }: VotePage) {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${options.a} vs ${options.b}!</title>
    <link rel="icon" href="/static/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/static/style.css">
  </head>
  <body>
    <main>
      <header>
        <h1>${options.a} vs ${options.b}!</h1>
        <p role="status">${statusLine(options, vote)}</p>
      </header>
      <form id="choice" method="post" action="/">
        ${button('a', options.a, vote)}
        ${button('b', options.b, vote)}
      </form>
      <footer>Processed by container ID ${containerId}</footer>
    </main>
  </body>
</html>
`;
}

function statusLine(options: Options, vote: string | undefined): string {
  if (vote !== 'a' && vote !== 'b') return 'Choose one. You can change your mind later.';
  return `You voted for ${options[vote]}. Changed your mind? Choose again.`;
}

function button(value: 'a' | 'b', label: string, vote: string | undefined) {
  const isChosen = vote === value;
  return html`<button id="${value}" type="submit" name="vote" value="${value}" aria-pressed="${String(isChosen)}">
          <span class="label">${label}</span>
          <span class="mark">${markOf(isChosen, vote)}</span>
        </button>`;
}

function markOf(isChosen: boolean, vote: string | undefined): string {
  if (isChosen) return 'Your vote';
  return vote ? 'Change my vote' : 'Vote';
}
