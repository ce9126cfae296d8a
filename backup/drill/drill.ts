import { randomBytes } from 'node:crypto';
import { messageOf, SlaError } from '../../core/errors.ts';
import type { Fingerprint } from '../../core/fingerprint/types.ts';
import type { Host } from '../../core/host.ts';
import { withStoreLock } from '../../core/storeLock.ts';
import { type PostgresPlan, planPostgres } from '../planRestore.ts';
import type { Cut, Drill, Repository } from '../types.ts';
import { compareStores } from './compareStores.ts';
import { damagedCopy, originals, type Source } from './copyToDamage.ts';
import { describeDamage } from './damage.ts';
import type { CheckName, Finding } from './findings.ts';
import { judgeDrill } from './judge.ts';
import { measureObjectives, type Objectives } from './objectives.ts';
import { openCut } from './openCut.ts';
import { checkPages, checkStructure, readEveryTable, restoreInto, startPostgres } from './postgresScratch.ts';
import { startRedis } from './redisScratch.ts';
import { lackOfRoom, makeScratch, removeScratch, type Scratch } from './scratch.ts';

export interface DrillOrder {
  readonly cut: Cut;
  /** There is no newer one: only then its age says what a restore would lose. */
  readonly isNewest: boolean;
  readonly objectives: Objectives;
  /** A negative control: the copy is damaged first, as this seed says. */
  readonly controlSeed?: number;
}

export interface DrillMeans {
  readonly docker: Host;
  readonly repository: Pick<Repository, 'content'>;
  /** Runs a stage, and shows it to whoever looks on. */
  readonly stage: <T>(title: string, run: () => Promise<T>) => Promise<T>;
  readonly signal?: AbortSignal;
}

/**
 * Restores a cut into scratch stores on docker and compares. The originals are only read; nothing of the drill is
 * left behind, nor of an earlier one that was killed. Error: `store-busy` while another drill goes on. All else that
 * fails is a verdict.
 */
export async function drill(means: DrillMeans, order: DrillOrder): Promise<Drill> {
  const { docker } = means;
  const what = `${order.controlSeed === undefined ? 'a drill' : 'a negative control'} of ${order.cut.label}`;
  return withStoreLock(docker, { stores: ['drills'], who: 'sla', what }, async () => {
    const run = new DrillRun(means, order);
    try {
      await run.carryOut();
    } finally {
      await run.clean();
    }
    return run.result();
  });
}

type Asked = readonly Finding[];

/** One drill on its way: what it has found, and how long each stage took. */
class DrillRun {
  readonly #means: DrillMeans;
  readonly #order: DrillOrder;
  readonly #startedAtMs = Date.now();
  readonly #findings: Finding[] = [];
  readonly #took: { stage: string; ms: number }[] = [];
  #damage: string | undefined;
  #restoreMs: number | undefined;

  constructor(means: DrillMeans, order: DrillOrder) {
    this.#means = means;
    this.#order = order;
  }

  async carryOut(): Promise<void> {
    const { docker, repository } = this.#means;
    const { cut } = this.#order;
    const id = randomBytes(4).toString('hex');
    const scratch = await this.#stage('scratch', 'way to the cut', () => makeScratch(docker, id, cut.label));
    const plan = await this.#stage('plan', 'way to the cut', async () =>
      planPostgres({
        target: { kind: 'cut', cut },
        content: await repository.content(),
        sightings: [],
        nowMs: Date.now(),
      }),
    );
    if (!scratch || !plan) return;
    if (plan.kind === 'refused') {
      this.#findings.push({ check: 'way to the cut', kind: 'differs', text: plan.reason });
      return;
    }
    const lack = await this.#stage('room', 'restore', () => lackOfRoom(docker, plan.clusterBytes));
    if (lack !== undefined) this.#findings.push({ check: 'restore', kind: 'could not run', text: lack });
    if (this.#findings.length > 0) return;
    this.#findings.push({ check: 'way to the cut', kind: 'agreed' });
    const source = await this.#source(scratch, plan);
    if (!source) return;
    await this.#restoreAndCompare(scratch, plan, source);
    if (source === originals) await this.#excuse(plan);
  }

  /** What retention removed under the hands of a drill is missing, and not damaged. */
  async #excuse(plan: PostgresPlan): Promise<void> {
    if (this.#findings.every(({ kind }) => kind !== 'differs')) return;
    const content = await this.#stage('look', 'way to the cut', () => this.#means.repository.content());
    if (!content || content.backups.some(({ label }) => label === plan.backup)) return;
    const text = `the backup ${plan.backup} was removed while it was read`;
    this.#findings.splice(0, this.#findings.length, { check: 'way to the cut', kind: 'could not run', text });
  }

  async #source(scratch: Scratch, plan: PostgresPlan): Promise<Source | undefined> {
    const { cut, controlSeed: seed } = this.#order;
    if (seed === undefined) return originals;
    return this.#stage('damage', 'way to the cut', async () => {
      const { source, damage } = await damagedCopy(this.#means.docker, scratch, { plan, cut, seed });
      this.#damage = describeDamage(damage);
      return source;
    });
  }

  /** Each stage stands on the one before: where one does not agree, nothing more is learned. */
  async #restoreAndCompare(scratch: Scratch, plan: PostgresPlan, source: Source): Promise<void> {
    const { docker } = this.#means;
    const { cut } = this.#order;
    const began = performance.now();
    let expected: Fingerprint | undefined;
    const isThere =
      (await this.#ask('cut', 'files of the cut', async () => {
        const opened = await openCut(docker, scratch, cut, source);
        expected = opened.fingerprint;
        return [opened.finding];
      })) &&
      (await this.#ask('redis', 'redis loads it', () => startRedis(docker, scratch))) &&
      (await this.#ask('restore', 'restore', async () => [
        await restoreInto(docker, scratch, plan, source.repository),
      ])) &&
      (await this.#ask('recovery', 'recovery', async () => [
        await startPostgres(docker, scratch, source.repository),
      ]));
    const fingerprint = expected;
    if (!isThere || !fingerprint) return;
    this.#restoreMs = performance.now() - began;
    await this.#ask('compare', 'fingerprint of postgres', () =>
      compareStores(docker, scratch, fingerprint, plan),
    );
    // These say where the damage is, or that there is some which the fingerprint does not see.
    await this.#ask('read', 'every table is read', async () => [await readEveryTable(docker, scratch)]);
    await this.#ask('pg_amcheck', 'pg_amcheck', async () => [await checkStructure(docker, scratch)]);
    await this.#ask('checksums', 'page checksums', async () => [await checkPages(docker, scratch)]);
  }

  async #ask(stage: string, check: CheckName, ask: () => Promise<Asked>): Promise<boolean> {
    const findings = await this.#stage(stage, check, ask);
    this.#findings.push(...(findings ?? []));
    return findings?.every(({ kind }) => kind === 'agreed' || kind === 'does not apply') === true;
  }

  /** A foreseen failure of a stage is a check that could not run; undefined then. */
  async #stage<T>(stage: string, check: CheckName, run: () => Promise<T>): Promise<T | undefined> {
    this.#means.signal?.throwIfAborted();
    const began = performance.now();
    try {
      return await this.#means.stage(stage, run);
    } catch (thrown) {
      this.#means.signal?.throwIfAborted();
      if (!(thrown instanceof SlaError)) throw thrown;
      const text = [thrown.message, thrown.cause === undefined ? '' : messageOf(thrown.cause)]
        .filter(Boolean)
        .join(': ');
      // Without its key a repository is lost, whatever else is well.
      const kind = thrown.code === 'backup-key' ? 'differs' : 'could not run';
      this.#findings.push({ check, kind, text: text.slice(0, 400) });
      return undefined;
    } finally {
      this.#took.push({ stage, ms: Math.round(performance.now() - began) });
    }
  }

  /** A host that is not reached any more is cleaned by the next drill. */
  async clean(): Promise<void> {
    const began = performance.now();
    await removeScratch(this.#means.docker).catch((thrown: unknown) => {
      if (!(thrown instanceof SlaError)) throw thrown;
    });
    this.#took.push({ stage: 'clean', ms: Math.round(performance.now() - began) });
  }

  result(): Drill {
    const { cut, isNewest, objectives, controlSeed } = this.#order;
    return {
      cut: cut.label,
      startedAtMs: this.#startedAtMs,
      verdict: judgeDrill(this.#findings),
      isControl: controlSeed !== undefined,
      took: this.#took,
      ...(controlSeed === undefined ? {} : { damage: { seed: controlSeed, what: this.#damage ?? 'none' } }),
      objectives: measureObjectives(objectives, {
        restoreMs: this.#restoreMs,
        cutAgeMs: isNewest && controlSeed === undefined ? this.#startedAtMs - cut.atMs : undefined,
      }),
      notes: this.#findings.flatMap((finding) =>
        finding.kind === 'does not apply' ? [`${finding.check}: ${finding.text}`] : [],
      ),
    };
  }
}
