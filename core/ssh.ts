import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { NodeSSH } from 'node-ssh';
import { SlaError } from './errors.ts';
import type { Bytes, Host, HostAddress, RemoteResult } from './host.ts';
import { fingerprintOf, pinnedKey } from './knownHosts.ts';
import { type Argv, quoteArgv } from './shell.ts';
import { asRoot, insistOnSudo } from './sudo.ts';

export interface SshIdentity {
  readonly keyFile: string;
  /** Logs in instead of the key. */
  readonly password?: string;
  /** Commands run as the user who logged in, not as root. */
  readonly isPlain?: boolean;
  /** Content of known_hosts; a host that is not in it is refused. */
  readonly knownHosts: string;
  readonly connectTimeoutMs: number;
}

/**
 * Opens a session. Errors: `host-unreachable`, `host-key-changed` (also for a host whose key was never
 * pinned), `login-refused`.
 */
export async function openHost(host: HostAddress, identity: SshIdentity): Promise<Host> {
  const ssh = new NodeSSH();
  const pinned = pinnedKey(identity.knownHosts, host);
  let shown: string | undefined;
  try {
    await ssh.connect({
      host: host.address,
      port: host.sshPort,
      username: host.user,
      ...loginWith(identity),
      readyTimeout: identity.connectTimeoutMs,
      algorithms: { serverHostKey: ['ssh-ed25519'] },
      hostVerifier: (key: Buffer) => {
        // The first moment at which it can be set. Without it small packets wait for each other's
        // acknowledgement: 230 ms for a login instead of 60, 90 ms for every command instead of 5.
        ssh.connection?.setNoDelay(true);
        shown = key.toString('base64');
        return shown === pinned;
      },
    });
  } catch (thrown) {
    ssh.dispose();
    throw connectError(host, thrown, pinned, shown);
  }
  return sessionOver(ssh, host, identity.isPlain === true);
}

const loginWith = ({ keyFile, password }: SshIdentity) =>
  password === undefined
    ? { privateKeyPath: keyFile }
    : {
        password,
        // How servers ask that leave passwords to PAM.
        tryKeyboard: true,
        onKeyboardInteractive: (
          _name: string,
          _instructions: string,
          _language: string,
          prompts: readonly unknown[],
          finish: (answers: string[]) => void,
        ) => finish(prompts.map(() => password)),
      };

function sessionOver(ssh: NodeSSH, host: HostAddress, isPlain: boolean): Host {
  const isRoot = isPlain || host.user === 'root';
  const run = async (argv: Argv, input?: string | Readable) => {
    const { code, signal, stdout, stderr } = await ssh
      .execCommand(quoteArgv(isRoot ? argv : asRoot(argv)), {
        noTrim: true,
        ...(input === undefined ? {} : { stdin: input }),
      })
      .catch((thrown: unknown) => {
        throw connectionLost(host, thrown);
      });
    if (!isRoot) insistOnSudo(host, code, stderr);
    return { exitCode: code ?? (signal === null ? 255 : 128), stdout, stderr };
  };
  return {
    name: host.name,
    query: run,
    exec: async (argv, input) => {
      const result = await run(argv, input);
      if (result.exitCode !== 0)
        throw commandError(host, argv, result.exitCode, result.stderr || result.stdout);
      return result;
    },
    pipe: async (argv, bytes) => {
      const { exitCode, stderr } = await pipeOver(ssh, isRoot ? argv : asRoot(argv), bytes).catch(
        (thrown: unknown) => {
          throw thrown instanceof SlaError ? thrown : connectionLost(host, thrown);
        },
      );
      if (!isRoot) insistOnSudo(host, exitCode, stderr);
      if (exitCode !== 0) throw commandError(host, argv, exitCode, stderr);
    },
    connect: (place) =>
      typeof place === 'number'
        ? ssh.forwardOut('127.0.0.1', 0, '127.0.0.1', place)
        : ssh.forwardOutStreamLocal(place),
    close: () => ssh.dispose(),
  };
}

/** The session itself takes what it hears for text; its channel does not. */
async function pipeOver(ssh: NodeSSH, argv: Argv, { input, output }: Bytes): Promise<RemoteResult> {
  const { promise: status, resolve, reject } = Promise.withResolvers<number>();
  let stderr = '';
  let sent: Promise<void> | undefined;
  if (!ssh.connection) throw new Error('the session is closed');
  ssh.connection.exec(quoteArgv(argv), (error, channel) => {
    if (error) return reject(error);
    // Here and not later: all that a short command says may have come already, and is told next.
    channel.on('exit', (code: number | null) => resolve(code ?? 128));
    channel.on('close', () => resolve(255));
    channel.on('error', reject);
    channel.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    // A command that ends before it has read all its input says why on stderr: the broken pipe is not the reason.
    if (input) sent = pipeline(input, channel).catch(() => undefined);
    else channel.end();
    if (output) channel.pipe(output);
    else channel.resume();
  });
  const exitCode = await status;
  if (output) await finished(output);
  if (exitCode === 0) await sent;
  return { exitCode, stdout: '', stderr };
}

const connectionLost = ({ name, address }: HostAddress, cause: unknown): SlaError =>
  new SlaError('host-unreachable', `the connection to ${name} (${address}) was lost`, {
    cause,
    remedy: `run "./sla doctor ${name}", then run the same command again`,
  });

const commandError = (host: HostAddress, argv: Argv, exitCode: number, output: string): SlaError =>
  new SlaError(
    'remote-command-failed',
    `"${quoteArgv(argv)}" on ${host.name} ended with status ${exitCode}`,
    {
      cause: output.trim() || 'it printed nothing',
      remedy: `run it by hand with "./sla ssh ${host.name}"; then run the same command again`,
    },
  );

function connectError(
  host: HostAddress,
  thrown: unknown,
  pinned: string | undefined,
  shown: string | undefined,
): SlaError {
  const place = `${host.name} (${host.address})`;
  if (shown !== undefined && shown !== pinned) {
    const was = pinned === undefined ? 'none is pinned' : `${fingerprintOf(pinned)} is pinned`;
    return new SlaError(
      'host-key-changed',
      `${place} shows the host key ${fingerprintOf(shown)}, but ${was}`,
      {
        remedy: 'do not connect; follow docs/runbooks/host-key-changed.md',
      },
    );
  }
  if (isRefusedLogin(thrown)) {
    return new SlaError('login-refused', `${place} refuses the login of ${host.user}`, { cause: thrown });
  }
  return new SlaError('host-unreachable', `cannot open an ssh session to ${place}`, {
    cause: thrown,
    remedy: `run "./sla doctor ${host.name}"; if it fails, follow docs/runbooks/host-unreachable.md`,
  });
}

const isRefusedLogin = (thrown: unknown): boolean =>
  thrown instanceof Error && 'level' in thrown && thrown.level === 'client-authentication';
