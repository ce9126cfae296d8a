const most = 8;

/** The lines that differ between two texts, `-` old and `+` new, without context and at most a handful. */
export function changedLines(before: string, after: string): readonly string[] {
  const removed = without(linesOf(before), linesOf(after)).map((line) => `- ${line}`);
  const added = without(linesOf(after), linesOf(before)).map((line) => `+ ${line}`);
  const all = [...removed, ...added];
  return all.length <= most ? all : [...all.slice(0, most), `… ${all.length - most} more lines`];
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line.trim() !== '');

const without = (lines: readonly string[], others: readonly string[]): readonly string[] => {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
};
