import { runCli } from './cli.ts';

// A reader that has seen enough, such as head, must not end a command half-way.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await runCli(process.argv.slice(2));
// Sockets of a failed command may still be open; nothing is left to wait for.
process.exit();
