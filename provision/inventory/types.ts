/** Things of one kind by their name, each in one line of text, so that two inventories compare line by line. */
export type Items = Readonly<Record<string, string>>;

/** Things with several properties: `haproxy.service` has `at boot` and `runs`. */
export type PropertyItems = Readonly<Record<string, Items>>;

/** The kinds of things that are recorded of a host, in the order in which they are shown. */
export const sectionNames = [
  'system',
  'packages',
  'units',
  'users',
  'keys',
  'sudoers',
  'ports',
  'mounts',
  'cron',
  'images',
  'containers',
  'files',
  'schemas',
  'settings',
] as const;
export type SectionName = (typeof sectionNames)[number];

export interface Sections {
  /** Operating system, architecture, host name, time zone. */
  readonly system: Items;
  /** Version by name. */
  readonly packages: Items;
  /** Services, timers, sockets and paths: what becomes of them at boot, and whether they run. */
  readonly units: PropertyItems;
  /** Accounts: ids, groups, home, shell, and whether there is a password. */
  readonly users: Items;
  /** Keys that may log in, by `USER FINGERPRINT`. */
  readonly keys: Items;
  /** Rules by `FILE: RULE`. */
  readonly sudoers: Items;
  /** Program by `PROTOCOL ADDRESS:PORT`. */
  readonly ports: Items;
  readonly mounts: Items;
  /** `FILE: LINE`; what stands in the folders that cron goes through is in `files`. */
  readonly cron: Items;
  /** Image id by name and tag. */
  readonly images: Items;
  readonly containers: PropertyItems;
  /** Mode, owner and SHA-256, or the target of a link; of /etc and of what an administrator adds in /usr/local. */
  readonly files: Items;
  /** Tables, columns, constraints, indexes, functions, roles and databases of PostgreSQL. */
  readonly schemas: Items;
  /** Settings of the running Redis. */
  readonly settings: Items;
}

/** The state of a host at one moment. */
export interface Inventory extends Sections {
  /** Texts of the files that steps edit, so that what they were to become can be told; secrets are hashes. */
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/** What was there at the first connection. */
export interface Delivered extends Inventory {
  readonly format: 1;
  readonly host: string;
  /** UTC, ISO 8601. */
  readonly takenAt: string;
}

/** What the host itself knows about where its things come from. */
export interface Evidence {
  /** Packages by a path that they brought, whatever became of it. */
  readonly owners: ReadonlyMap<string, readonly string[]>;
  /** MD5 that dpkg or ucf recorded for a file of /etc when a package brought it. */
  readonly packaged: ReadonlyMap<string, string>;
  /** Packages that brought a file with this MD5, wherever. */
  readonly copies: ReadonlyMap<string, readonly string[]>;
  /** MD5 of the files of /etc that are there. */
  readonly md5: ReadonlyMap<string, string>;
  /** Names of the packages that a package depends on, each as its alternatives. */
  readonly needs: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Packages by a name that they provide, such as `mail-transport-agent`. */
  readonly providers: ReadonlyMap<string, readonly string[]>;
  /** Versions, as `NAME VERSION`, that the automatic updates or a step of ours installed. */
  readonly updated: ReadonlySet<string>;
  /** Packages whose installation makes an account of this name. */
  readonly accounts: ReadonlyMap<string, readonly string[]>;
  /** Path of the program that listens, by its name in `ports`. */
  readonly programs: ReadonlyMap<string, string>;
}

/** A host as it is now. */
export interface Found {
  readonly inventory: Inventory;
  readonly evidence: Evidence;
}
