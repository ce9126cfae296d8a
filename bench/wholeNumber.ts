/** A number that was given as a flag. */
export function wholeNumber(name: string, given: string | undefined): number {
  const value = Number(given);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name} takes a whole number from 1 on`);
}
