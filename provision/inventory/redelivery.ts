import type { Component } from '../../core/application.ts';
import type { Declaration } from '../types.ts';
import { compareInventories, type DriftRow } from './drift.ts';
import type { Found, Inventory } from './types.ts';
import { isNewerVersion } from './version.ts';

/** One thing in which a host that was delivered again is not as it was the first time. */
export interface DeliveryDifference extends DriftRow {
  /** Why it is no other state; undefined when somebody has to agree to it. */
  readonly because: string | undefined;
}

/**
 * Compares a new delivery with the first. Two deliveries of one image differ in what each makes for itself, and in
 * nothing else; a later image has newer packages. `declarations` are those of what we leave at the door: our key.
 */
export const compareDeliveries = (
  delivered: Inventory,
  found: Found,
  declarations: readonly Declaration[],
  components: readonly Component[],
): readonly DeliveryDifference[] =>
  compareInventories(delivered, found, declarations).map((row) => ({
    ...row,
    because: row.isDrift ? reasonFor(row, delivered, found, components) : (row.declared ?? 'declared'),
  }));

function reasonFor(
  row: DriftRow,
  delivered: Inventory,
  found: Found,
  components: readonly Component[],
): string | undefined {
  switch (row.section) {
    case 'packages':
      return isUpgrade(row) ? 'a newer version' : undefined;
    case 'users':
      return isSame(row, withoutHash) ? 'each delivery hashes its passwords anew' : undefined;
    case 'files':
      return fileReason(row, delivered, found);
    // Whatever is in the stores is emptied and put back.
    case 'schemas':
      return row.item === 'all' ? undefined : 'the stores are restored';
    case 'units':
    case 'containers':
      return isStanding(row, components) ? 'it is started in its turn' : undefined;
    default:
      return undefined;
  }
}

const isUpgrade = ({ delivered, found }: DriftRow): boolean =>
  delivered !== undefined && found !== undefined && isNewerVersion(found, delivered);

const isSame = ({ delivered, found }: DriftRow, part: (value: string) => string): boolean =>
  delivered !== undefined && found !== undefined && part(delivered) === part(found);

const withoutHash = (account: string): string => account.replace(/ password sha256:\w+$/, ' password');

/** Mode and owner of a file. */
const withoutSum = (file: string): string => file.replace(/ \w+$/, '');

const ownFiles =
  /^\/etc\/(ssh\/ssh_host_\w+_key(\.pub)?|ssl\/(private|certs)\/ssl-cert-snakeoil\.(key|pem)|iscsi\/initiatorname\.iscsi|hostid)$/;

function fileReason(row: DriftRow, delivered: Inventory, { inventory, evidence }: Found): string | undefined {
  const { item } = row;
  if (ownFiles.test(item) && isSame(row, withoutSum)) return 'each delivery makes its own';
  // The name of such a link is a hash of the certificate.
  const links = [row.delivered, row.found].filter((value) => value !== undefined);
  if (/^\/etc\/ssl\/certs\/[0-9a-f]{8}\.\d$/.test(item) && links.every((link) => /snakeoil/.test(link)))
    return 'each delivery makes its own';
  if (/\/postgresql\.auto\.conf$/.test(item)) return 'the stores are restored';
  const sum = evidence.md5.get(item);
  if (sum === undefined || evidence.packaged.get(item) !== sum) return undefined;
  const owner = evidence.owners.get(item)?.find((name) => {
    const [before, after] = [delivered.packages[name], inventory.packages[name]];
    return before !== undefined && after !== undefined && isNewerVersion(after, before);
  });
  return owner === undefined ? undefined : `with a newer ${owner}`;
}

/** Without its stores a component of the client may have ended already. */
function isStanding({ section, item }: DriftRow, components: readonly Component[]): boolean {
  const names = components.map(({ runtime }) => (runtime.kind === 'unit' ? runtime.unit : runtime.container));
  return (section === 'units' || section === 'containers') && names.some((name) => item === `${name} runs`);
}
