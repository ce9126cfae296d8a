/** One hop on the way to a thing. `check` gives what it found in a few words, or throws. */
export interface Hop {
  readonly what: string;
  readonly check: () => Promise<string>;
}

/** A way: its hops in order. Where one is broken, those behind it are not tried. */
export interface Way {
  readonly to: string;
  readonly hops: readonly Hop[];
}

export interface HopResult {
  readonly what: string;
  readonly found: string;
  readonly tookMs: number;
}

export interface WayResult {
  readonly to: string;
  readonly passed: readonly HopResult[];
  readonly broken?: { readonly what: string; readonly error: unknown };
}

/** Walks a way up to its first broken hop. */
export async function walk({ to, hops }: Way): Promise<WayResult> {
  const passed: HopResult[] = [];
  for (const { what, check } of hops) {
    const started = performance.now();
    try {
      const found = await check();
      passed.push({ what, found, tookMs: Math.round(performance.now() - started) });
    } catch (error) {
      return { to, passed, broken: { what, error } };
    }
  }
  return { to, passed };
}
