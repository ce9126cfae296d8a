/** One line to the container's log. */
export function log(line: string): void {
  process.stdout.write(`${line}\n`);
}
