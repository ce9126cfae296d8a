/**
 * Every way a command can fail on purpose. `exit` is the permanent exit status, `title` the symptom in a
 * few words. Each code has a runbook of the same name in docs/runbooks/.
 */
export const errorCodes = {
  usage: { exit: 2, title: 'the command line is not understood' },
  'config-invalid': { exit: 3, title: 'sla.config.ts has mistakes' },
  'machine-not-ready': { exit: 4, title: 'this machine lacks something that must be installed' },
  'engine-unreachable': { exit: 10, title: 'no Docker engine answers' },
  'subnet-in-use': { exit: 11, title: 'the lab network overlaps another one' },
  'port-taken': { exit: 12, title: 'a port is already in use' },
  'disk-too-small': { exit: 13, title: 'not enough free disk space' },
  'mirror-failed': { exit: 14, title: 'a package could not be downloaded' },
  'image-build-failed': { exit: 15, title: 'an image could not be built' },
  'provider-unavailable': { exit: 16, title: 'a Terraform provider is not to be had' },
  'terraform-failed': { exit: 17, title: 'Terraform stopped with an error' },
  'terraform-locked': { exit: 18, title: 'the Terraform state is locked' },
  'lab-busy': { exit: 19, title: 'another command holds the lock of this lab' },
  'lab-owned-elsewhere': { exit: 20, title: 'a lab of this name belongs to another checkout' },
  'lab-absent': { exit: 21, title: 'this lab is not up' },
  'lab-differs': { exit: 22, title: 'the running lab was made with other settings' },
  'engine-failed': { exit: 23, title: 'the engine of the hosts refused a request' },
  'host-unreachable': { exit: 30, title: 'a host does not answer over SSH' },
  'host-key-changed': { exit: 31, title: 'a host shows another key than the pinned one' },
  'login-refused': { exit: 32, title: 'a host refuses the operator key' },
  'host-gone': { exit: 33, title: 'a host does not exist any more' },
  'remote-command-failed': { exit: 34, title: 'a command on a host failed' },
  'systemd-degraded': { exit: 35, title: 'systemd of a host is not running as it should' },
  'unit-down': { exit: 36, title: 'a unit or container of the application is not running' },
  'port-closed': { exit: 37, title: 'a service does not answer on its port' },
  'page-down': { exit: 38, title: 'a page does not answer with 200' },
  'vote-lost': { exit: 39, title: 'a vote did not reach the result page' },
  'state-differs': { exit: 40, title: 'the stores do not hold what they should' },
  'drift-found': { exit: 41, title: 'a host is neither as delivered nor as declared' },
  'adoption-refused': { exit: 42, title: 'hosts that exist cannot be taken over as they are' },
  'restore-failed': { exit: 43, title: 'a copy of the stores could not be restored' },
  'nothing-to-restore': { exit: 44, title: 'a store can neither be saved nor restored' },
  'rebuild-unfinished': { exit: 45, title: 'the rebuild of a host is not finished' },
  'backup-failed': { exit: 70, title: 'a backup or a cut could not be made' },
  'backup-key': { exit: 71, title: 'the key of the backups is missing or wrong' },
  'repository-full': { exit: 72, title: 'the disk of the backups is full' },
  'target-unreachable': { exit: 73, title: 'no backup leads to what should be restored' },
  'store-busy': { exit: 74, title: 'somebody else works on the stores' },
  'restore-unfinished': { exit: 75, title: 'a restore of the stores is not finished' },
  'drill-failed': { exit: 80, title: 'a cut does not come back as it was' },
  'drill-unverified': { exit: 81, title: 'a drill could not tell whether a cut comes back' },
  'control-passed': { exit: 82, title: 'a drill did not see a damage that was done on purpose' },
  'agent-away': { exit: 49, title: 'the agent on docker does not answer' },
  'checks-failed': { exit: 50, title: 'a check or a test failed' },
  'journal-damaged': { exit: 60, title: 'the journal of votes cannot be read' },
  'journal-source': { exit: 61, title: 'the journal of votes cannot read the replica of Redis' },
  'votes-held': { exit: 62, title: 'the worker does not let go of a vote' },
  interrupted: { exit: 130, title: 'the command was interrupted' },
} as const satisfies Record<string, { exit: number; title: string }>;

export type ErrorCode = keyof typeof errorCodes;

export interface SlaErrorDetails {
  /** What happened, as the other system said it: an Error or its text. */
  readonly cause?: unknown;
  /** One sentence that ends with a command or a runbook. Without it, the runbook of the code is named. */
  readonly remedy?: string;
}

/** A failure that was foreseen. What is not an `SlaError` is a bug and prints its stack. */
export class SlaError extends Error {
  readonly code: ErrorCode;
  readonly remedy: string;

  /** `message` is lower-case and names the object. */
  constructor(code: ErrorCode, message: string, { cause, remedy }: SlaErrorDetails = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'SlaError';
    this.code = code;
    this.remedy = remedy ?? `follow ${runbookOf(code)}`;
  }

  get exitStatus(): number {
    return errorCodes[this.code].exit;
  }
}

export const runbookOf = (code: ErrorCode): string => `docs/runbooks/${code}.md`;

/** The message of whatever was thrown, on one or more lines, without a stack. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** What a person reads on stderr. */
export function renderError(error: SlaError): string {
  const lines = [`error: ${error.message} [${error.code}]`];
  if (error.cause !== undefined) lines.push(`  cause:  ${indent(messageOf(error.cause))}`);
  lines.push(`  remedy: ${indent(error.remedy)}`);
  return lines.join('\n');
}

/** What `--json` prints on stdout when a command fails. */
export const errorAsJson = (error: SlaError) => ({
  error: {
    code: error.code,
    message: error.message,
    ...(error.cause === undefined ? {} : { cause: messageOf(error.cause) }),
    remedy: error.remedy,
    runbook: runbookOf(error.code),
  },
});

/**
 * Runs all of `tasks` to their end and gathers the failures in one error, so that the trouble of three hosts
 * arrives together.
 */
export async function allOrOneError<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(tasks);
  const reasons = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  if (reasons.length > 0) throw gathered(reasons);
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function gathered(reasons: readonly unknown[]): unknown {
  const bug = reasons.find((reason) => !(reason instanceof SlaError));
  if (bug !== undefined) return bug;
  const [first, ...others] = reasons.filter((reason) => reason instanceof SlaError);
  if (!first || others.length === 0) return first;
  const all = [first, ...others];
  const causes = all.flatMap(({ cause }) => (cause === undefined ? [] : [messageOf(cause)]));
  return new SlaError(first.code, all.map((error) => error.message).join('; '), {
    ...(causes.length === 0 ? {} : { cause: causes.join('\n') }),
    remedy: [...new Set(all.map((error) => error.remedy))].join('\n'),
  });
}

const indent = (text: string): string => text.trimEnd().replaceAll('\n', '\n          ');
