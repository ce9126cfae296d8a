import type { HostName } from '../core/application.ts';
import type { Journal, Source } from './journal.ts';
import type { PlannedStage, StageKind } from './types.ts';

/** What a rebuild is planned from. `Store` is what the backups call theirs. */
export interface RebuildFacts {
  readonly host: HostName;
  /** Hosts that answer over SSH. */
  readonly answering: readonly HostName[];
  /** Both stores of the application, in the order in which they come back. */
  readonly stores: readonly string[];
  /** Those of them that can be saved now; none once that is over: a store may be new, or half restored. */
  readonly savable: readonly string[];
  /** By store, the newest copy that is good. */
  readonly copies: Readonly<Record<string, KnownCopy | undefined>>;
  /** A copy that was asked for by its name, for the stores that it holds. */
  readonly chosen?: KnownCopy & { readonly stores: readonly string[] };
  /** What is destroyed, and by whom. */
  readonly destroys: string;
  /** It was replaced before anybody began: what it holds now is not what it held. */
  readonly isNew: boolean;
  /** Something of ours runs on docker, beside what is converged. */
  readonly hasMonitoring: boolean;
  readonly journal: Journal | undefined;
}

export interface KnownCopy {
  readonly name: string;
  /** UTC, ISO 8601. */
  readonly takenAt: string;
}

/** Where a store comes back from: what is saved first, a copy from before, or nowhere. */
export type PlannedSource = { readonly kind: 'saved' } | Source;

export interface RebuildPlan {
  readonly host: HostName;
  /** It goes on with what an earlier run began. */
  readonly isResumed: boolean;
  /** Nothing is left of the old host. */
  readonly isNew: boolean;
  readonly stages: readonly PlannedStage[];
  /** Stores that the stage `save` saves. */
  readonly savable: readonly string[];
  readonly sources: Readonly<Record<string, PlannedSource>>;
  /** What is lost or stays undone, a sentence each. */
  readonly warnings: readonly string[];
  /** Stores that come back empty. */
  readonly lost: readonly string[];
}

/** Decides everything about a rebuild before anything is touched. */
export function planRebuild(facts: RebuildFacts): RebuildPlan {
  const sources = facts.host === 'db' ? sourcesOf(facts) : {};
  const done = stillDone(facts);
  return {
    host: facts.host,
    isResumed: done.length > 0,
    isNew: facts.isNew,
    stages: stagesOf(facts, sources).filter(({ kind }) => repeated.includes(kind) || !done.includes(kind)),
    savable: facts.savable,
    sources,
    warnings: warningsOf(facts, sources),
    lost: Object.keys(sources).filter((store) => sources[store]?.kind === 'nothing'),
  };
}

/**
 * Another copy is restored over whatever was restored before. A new host that is lost in its turn is replaced
 * again, unless votes were accepted since: these nobody has saved.
 */
function stillDone({ host, journal, chosen, answering }: RebuildFacts): readonly StageKind[] {
  const done = journal?.done ?? [];
  const isLostAgain = !answering.includes(host) && !done.includes('release');
  if (isLostAgain) return done.filter((kind) => kind === 'save');
  return chosen === undefined ? done : done.filter((kind) => kind === 'save' || kind === 'replace');
}

/** Stages that tell what they find, and cost little when all is as it should be. */
const repeated: readonly StageKind[] = ['hold', 'boot', 'converge'];

function sourcesOf(facts: RebuildFacts): Readonly<Record<string, PlannedSource>> {
  return Object.fromEntries(facts.stores.map((store) => [store, sourceOf(facts, store)]));
}

/** What was settled stays settled, unless another copy is asked for. */
function sourceOf({ journal, chosen, savable, copies }: RebuildFacts, store: string): PlannedSource {
  if (chosen?.stores.includes(store)) return copyFrom(chosen);
  const settled = journal?.sources[store];
  if (settled?.kind === 'copy') return settled;
  if (savable.includes(store)) return { kind: 'saved' };
  const newest = copies[store];
  return newest ? copyFrom(newest) : { kind: 'nothing' };
}

const copyFrom = ({ name, takenAt }: KnownCopy): Source => ({ kind: 'copy', name, takenAt });

/** The service first: what only hardens a host, or watches it, can wait until votes are counted again. */
function stagesOf(facts: RebuildFacts, sources: RebuildPlan['sources']): readonly PlannedStage[] {
  const { host } = facts;
  const proof: Maybe = isProvable(facts) && { kind: 'final vote', what: 'prove it with a vote' };
  const certificate = canCertify(facts, sources) && certifying;
  const converge: Maybe = { kind: 'converge', what: `bring ${host} to all that is declared for it` };
  const monitoring: Maybe = facts.hasMonitoring && { kind: 'monitoring', what: 'make what runs on docker' };
  const wanted: readonly Maybe[] = [
    ...untilBooted(facts),
    ...(host === 'docker'
      ? [converge, monitoring, certificate, proof]
      : [...storesBack(facts, sources), certificate, ...serving(facts), converge, proof]),
  ];
  return wanted.filter((stage) => stage !== false);
}

type Maybe = PlannedStage | false;

function untilBooted(facts: RebuildFacts): readonly Maybe[] {
  const { host, savable } = facts;
  const isSaved = host === 'db' ? savable.length > 0 : storesAnswer(facts);
  const isReleased = stillDone(facts).includes('release');
  return [
    host !== 'docker' && isPartnered(facts) && !isReleased && { kind: 'hold', what: holdWords[host] },
    isSaved && { kind: 'save', what: saveWords(host, savable) },
    { kind: 'replace', what: facts.destroys },
    { kind: 'boot', what: `wait until ${host} has started` },
  ];
}

function storesBack({ host }: RebuildFacts, sources: RebuildPlan['sources']): readonly Maybe[] {
  const canRestore = Object.values(sources).some(({ kind }) => kind !== 'nothing');
  return [
    host === 'db' && { kind: 'settings', what: 'give the stores the settings that are declared' },
    canRestore && { kind: 'restore', what: `restore ${restoreWords(sources)}` },
  ];
}

const serving = (facts: RebuildFacts): readonly Maybe[] => [
  isPartnered(facts) && { kind: 'release', what: 'accept votes again, in dependency order' },
  isProvable(facts) && { kind: 'vote', what: 'prove it with a vote' },
];

/** app and db hold votes for each other. */
const isPartnered = ({ host, answering }: RebuildFacts): boolean =>
  answering.includes(host === 'db' ? 'app' : 'db');

const storesAnswer = ({ stores, savable }: RebuildFacts): boolean =>
  stores.every((store) => savable.includes(store));

const canCertify = (facts: RebuildFacts, sources: RebuildPlan['sources']): boolean =>
  facts.host === 'db'
    ? isOneState(sources)
    : (facts.journal?.fingerprint ?? null) !== null || storesAnswer(facts);

const certifying: PlannedStage = {
  kind: 'certify',
  what: 'compare both stores with what they held before',
};

const holdWords: Readonly<Record<Exclude<HostName, 'docker'>, string>> = {
  db: 'accept no votes from now on, and stop the worker',
  app: 'let the worker finish, and let nothing of app reach the stores until it is certified',
};

const saveWords = (host: HostName, savable: readonly string[]): string =>
  host === 'db'
    ? `save ${savable.join(' and ')}, and take the fingerprint`
    : 'take the fingerprint of both stores';

const restoreWords = (sources: RebuildPlan['sources']): string =>
  Object.entries(sources)
    .flatMap(([store, source]) => {
      if (source.kind === 'nothing') return [];
      return [source.kind === 'saved' ? store : `${store} as of ${source.takenAt}`];
    })
    .join(' and ');

/** Two stores that were saved at different times never stood beside each other. */
function isOneState(sources: RebuildPlan['sources']): boolean {
  const places = Object.values(sources).map((source) => (source.kind === 'copy' ? source.name : source.kind));
  return new Set(places).size === 1 && places[0] !== 'nothing';
}

/** A vote goes through app and db, whichever host is rebuilt. */
const isProvable = ({ host, answering }: RebuildFacts): boolean =>
  (['app', 'db'] as const).every((name) => name === host || answering.includes(name));

function warningsOf(facts: RebuildFacts, sources: RebuildPlan['sources']): readonly string[] {
  const { host, answering, journal } = facts;
  const silent = (['app', 'db'] as const).filter((name) => name !== host && !answering.includes(name));
  const isUncertified = host !== 'db' && journal === undefined && !storesAnswer(facts);
  return [
    ...Object.entries(sources).flatMap(([store, source]) => lossOf(facts, store, source)),
    ...silent.map((name) => `${name} does not answer: no vote can prove the rebuild; rebuild ${name} next`),
    ...(isUncertified ? ['the stores do not answer: their state cannot be certified'] : []),
  ];
}

function lossOf(
  { journal, chosen, isNew }: RebuildFacts,
  store: string,
  source: PlannedSource,
): readonly string[] {
  // What this rebuild itself saved, now or before it was interrupted, is all there was.
  const settled = journal?.sources[store];
  const isSavedHere =
    settled?.kind === 'copy' &&
    source.kind === 'copy' &&
    settled.name === source.name &&
    settled.takenAt >= (journal?.startedAt ?? '');
  if (source.kind === 'saved' || isSavedHere) return [];
  if (source.kind === 'nothing')
    return [
      `${store} ${isNew ? 'is new and has no' : 'neither answers nor has a'} copy: it starts as delivered, and what it held is lost`,
    ];
  const silence = isNew ? `the ${store} of before is gone` : `${store} does not answer`;
  const why = chosen?.name === source.name ? 'as you asked' : silence;
  const hint =
    why === `${store} does not answer` ? '; if it only stands still, "./sla up" starts it with its data' : '';
  return [`${why}: ${store} comes back as of ${source.takenAt}, and what came since is lost${hint}`];
}
