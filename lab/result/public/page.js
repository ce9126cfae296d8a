import { countText, shares } from './shares.js';

const socket = globalThis.io();

socket.on('message', () => socket.emit('subscribe', { channel: 'scores' }));
socket.on('scores', (json) => show(JSON.parse(json)));

function show(votes) {
  const total = votes.a + votes.b;
  const share = shares(votes);
  document.body.style.setProperty('--share-a', `${share.a}%`);
  for (const option of ['a', 'b']) {
    write(`share-${option}`, total === 0 ? '0%' : `${share[option].toFixed(1)}%`);
    write(`count-${option}`, countText(votes[option]));
  }
  write('result', total === 0 ? 'No votes yet' : `${countText(total)} in total`);
}

/** Same text, no write: a screen reader would say the total again every second. */
function write(id, text) {
  const element = document.getElementById(id);
  if (element.textContent !== text) element.textContent = text;
}
