/** Whether one version of a Debian package is newer than another, as `dpkg --compare-versions` tells it. */
export const isNewerVersion = (one: string, other: string): boolean => {
  const [first, second] = [partsOf(one), partsOf(other)];
  const at = first.findIndex((part, index) => order(part, second[index] ?? '') !== 0);
  return at >= 0 && order(first[at] ?? '', second[at] ?? '') > 0;
};

/** Epoch, upstream version and revision. */
function partsOf(version: string): readonly string[] {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/.exec(version) ?? [];
  const at = rest.lastIndexOf('-');
  return at < 0 ? [epoch, rest, '0'] : [epoch, rest.slice(0, at), rest.slice(at + 1)];
}

/** Text and numbers in turn: text by its characters, numbers by their value. */
function order(one: string, other: string): number {
  if (one === '' && other === '') return 0;
  const [, text = '', number = '', rest = ''] = /^(\D*)(\d*)(.*)$/.exec(one) ?? [];
  const [, otherText = '', otherNumber = '', otherRest = ''] = /^(\D*)(\d*)(.*)$/.exec(other) ?? [];
  return orderOfTexts(text, otherText) || Number(number) - Number(otherNumber) || order(rest, otherRest);
}

function orderOfTexts(one: string, other: string): number {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const difference = weight(one[at]) - weight(other[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `~` before the end, the end before letters, letters before all else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  return /[A-Za-z]/.test(character) ? character.charCodeAt(0) : 256 + character.charCodeAt(0);
}
