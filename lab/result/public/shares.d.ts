export interface Pair {
  readonly a: number;
  readonly b: number;
}

export function shares(votes: Pair): Pair;
export function countText(votes: number): string;
