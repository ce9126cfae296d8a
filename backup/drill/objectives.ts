/** What a team promises itself of a restore, in milliseconds. */
export interface Objectives {
  /** From the first byte until both stores answer. */
  readonly rtoMs: number;
  /** Between an instant that can be restored and now. */
  readonly rpoMs: number;
}

export interface Measured {
  readonly tookMs: number;
  readonly atMostMs: number;
  readonly isMet: boolean;
}

/** How a drill stands against the objectives. It says nothing of the copy: a slow restore of a good copy is good. */
export interface ObjectivesMet {
  /** Undefined when the stores never answered. */
  readonly rto?: Measured;
  /** Age of the newest cut when the drill began; undefined for a drill of an older one, which says nothing of it. */
  readonly rpo?: Measured;
}

export function measureObjectives(
  objectives: Objectives,
  { restoreMs, cutAgeMs }: { readonly restoreMs: number | undefined; readonly cutAgeMs: number | undefined },
): ObjectivesMet {
  return {
    ...(restoreMs === undefined ? {} : { rto: measured(restoreMs, objectives.rtoMs) }),
    // Clocks of two hosts: a cut is never younger than nothing.
    ...(cutAgeMs === undefined ? {} : { rpo: measured(Math.max(0, cutAgeMs), objectives.rpoMs) }),
  };
}

const measured = (tookMs: number, atMostMs: number): Measured => ({
  tookMs: Math.round(tookMs),
  atMostMs,
  isMet: tookMs <= atMostMs,
});
