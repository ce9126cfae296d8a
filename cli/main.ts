import { runCli } from './cli.ts';

process.exitCode = await runCli(process.argv.slice(2));
// Sockets of a failed command may still be open; nothing is left to wait for.
process.exit();
