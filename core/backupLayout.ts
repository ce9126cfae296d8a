/**
 * Names, places and ports that the hosts are given by their roles and that backups, the agent and the journal of
 * votes rely on: the roles make them, the rest uses them.
 */

/** What pgBackRest calls the cluster of db. */
export const stanza = 'votes';

/** Folders and files on the docker host; `repository` and `cuts` lie at the same place on app, as a second copy. */
export const places = {
  /** Of pgBackRest, encrypted; owner postgres. */
  repository: '/var/lib/sla/repository',
  /** A folder for each cut. */
  cuts: '/var/lib/sla/cuts',
  /** WAL as pg_receivewal writes it, segment by segment. */
  stream: '/var/lib/sla/stream',
  /** Data of the Redis replica: its append-only file is what the journal of votes is read from. */
  replica: '/var/lib/sla/replica',
  /** Of accepted votes. */
  journal: '/var/lib/sla/journal',
  /** What drills restore into; nothing there outlives its drill. */
  drills: '/var/lib/sla/drills',
  ledger: '/var/lib/sla/ledger',
  /** The key that cuts are encrypted with; the repository has the same one in pgbackrest.conf. Mode 0600. */
  keyFile: '/etc/sla/backup.key',
  /** Configuration of `ssh -F` for root of docker, in which `app` is where the copies lie. */
  copySsh: '/etc/sla/copy.ssh',
} as const;

/**
 * The second copy on app, as rsync of docker names it: `app:repository/`, with `ssh -F` and `places.copySsh`. All of
 * it belongs to this user there, whose only key may copy below `root` and do nothing else.
 */
export const copies = {
  user: 'sla-copy',
  root: '/var/lib/sla',
  folders: ['repository', 'cuts', 'journal', 'ledger'],
} as const;

/** Units of ours, by the host they run on. */
export const backupUnits = {
  /** pgBackRest's TLS server, on db and docker. */
  repositoryServer: 'sla-pgbackrest.service',
  /** pg_receivewal on docker. */
  stream: 'sla-stream.service',
  /** The Redis replica on docker. */
  replica: 'sla-replica.service',
  /** On db: takes the guarantee back when nobody receives the stream, and gives it again. */
  syncGuard: 'sla-sync-guard.service',
  agent: 'sla-agent.service',
} as const;

export const backupPorts = {
  /** pgBackRest's TLS server: db and docker, for each other. */
  pgbackrest: 8432,
  /** The replica, on the loopback of docker only. */
  replica: 6380,
  /** Metrics of the agent, on docker. */
  agent: 9464,
} as const;

/** The replication slot and the standby's name of pg_receivewal. */
export const streamName = 'sla_stream';

/** The role that may replicate, with a password of its own. */
export const streamRole = 'sla_stream';

/** Where the agent listens for the CLI, on docker. */
export const agentSocket = '/run/sla/agent.sock';

/** The empty image that drills run their scratch stores from; it is there only while one is on its way. */
export const scratchImage = 'sla-scratch:1';
