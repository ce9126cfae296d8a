/** Splits one hundred between both options, one decimal; halves before anyone voted. */
export function shares({ a, b }) {
  if (a + b === 0) return { a: 50, b: 50 };
  const shareOfA = Math.round((1000 * a) / (a + b)) / 10;
  return { a: shareOfA, b: Math.round((100 - shareOfA) * 10) / 10 };
}

export function countText(votes) {
  return votes === 1 ? '1 vote' : `${votes.toLocaleString('en')} votes`;
}
