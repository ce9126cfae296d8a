/**
 * What Terraform finds in its environment: ours, and nothing of the user's own. Variables, arguments and
 * workspaces of theirs would decide what happens to a lab. `undefined` removes a variable.
 */
export const terraformEnvironment = (
  cliConfigFile: string,
  dataFolder: string | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string | undefined>> => ({
  ...Object.fromEntries(
    Object.keys(env).flatMap((name) => (name.startsWith('TF_') ? [[name, undefined]] : [])),
  ),
  TF_CLI_CONFIG_FILE: cliConfigFile,
  TF_DATA_DIR: dataFolder,
  TF_IN_AUTOMATION: '1',
  CHECKPOINT_DISABLE: '1',
});
