import { createHash } from 'node:crypto';
import { streamName, streamRole } from '../../core/backupLayout.ts';
import type { Argv } from '../../core/shell.ts';
import { scramVerifier } from '../backups/secrets.ts';
import { Secret } from '../secret.ts';
import type { Step } from '../types.ts';
import { file } from './file.ts';

const path = '/etc/sla/stream-role.sql';
const why = 'docker receives each commit before it is confirmed, with a password of its own';

/** The statements that make the role; a file, because what stands in an argv is seen by everybody. */
export const streamRoleFile = (password: Secret): Step =>
  file({ path, content: new Secret(statements(password)), mode: '0640', owner: 'root:postgres', why });

/** Ensures the role that may replicate, and the slot that keeps for docker what it has not received. */
export const streamRoleReady = (password: Secret): Step => {
  const sum = createHash('sha256').update(verifierOf(password)).digest('hex');
  const read: Argv = [...psql, '-c', question(sum)];
  return {
    name: `role ${streamRole} and its slot`,
    why,
    asks: [{ kind: 'command', argv: read }],
    declares: [{ kind: 'item', section: 'schemas', item: `role ${streamRole}`, value: 'login replication' }],
    diff: (facts) =>
      facts.command(read).stdout.trim() === 't'
        ? []
        : [{ kind: 'run', what: `make the role ${streamRole} and its slot`, run: [...psql, '-f', path] }],
  };
};

const psql: Argv = ['runuser', '-u', 'postgres', '--', 'psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1'];

const verifierOf = (password: Secret): string => scramVerifier(password.reveal());

/** The digest of a verifier tells nothing of the password. */
const question = (sum: string): string => `SELECT EXISTS (SELECT FROM pg_authid
  WHERE rolname = '${streamRole}' AND rolcanlogin AND rolreplication AND NOT rolsuper
    AND encode(sha256(convert_to(rolpassword, 'UTF8')), 'hex') = '${sum}')
  AND EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${streamName}')`;

// Whatever goes wrong, the statement with the verifier is written into no log. Nobody may receive yet, so that
// nothing here waits for a receiver.
const statements = (password: Secret): string => `SET log_statement = none;
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;
SET synchronous_commit = local;
SELECT 'CREATE ROLE ${streamRole}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${streamRole}') \\gexec
ALTER ROLE ${streamRole} WITH LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '${verifierOf(password)}';
SELECT FROM (SELECT pg_create_physical_replication_slot('${streamName}', true)
  WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${streamName}')) AS made;
`;
