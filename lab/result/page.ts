import { html } from 'hono/html';

export interface Options {
  readonly a: string;
  readonly b: string;
}

export function renderPage(options: Options) {
  return html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${options.a} vs ${options.b} – Result</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/style.css">
    <script src="/socket.io/socket.io.min.js" defer></script>
    <script src="/page.js" type="module"></script>
  </head>
  <body>
    <div id="background" aria-hidden="true"><div class="a"></div><div class="b"></div></div>
    <main>
      <h1>${options.a} vs ${options.b}</h1>
      <div id="choices">
        ${choice('a', options.a)}
        ${choice('b', options.b)}
      </div>
      <p id="result" role="status">Counting…</p>
    </main>
  </body>
</html>
`;
}

function choice(value: 'a' | 'b', label: string) {
  return html`<section class="choice ${value}">
          <h2>${label}</h2>
          <p class="share" id="share-${value}">–</p>
          <p class="count" id="count-${value}"></p>
        </section>`;
}
