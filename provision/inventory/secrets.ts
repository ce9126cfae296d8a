import { sumOf } from './values.ts';

const secretName = /pass|secret|token|credential|auth|private|api_?key|access_?key|\bpwd\b|_pwd|_key$|^key$/i;

/** What stands for a value that must not be kept: two equal ones still look equal. */
export const hidden = (value: string): string => `[hidden sha256:${sumOf(value).slice(0, 12)}]`;

/** Long and of one piece: a key, whatever it is called. */
export const looksRandom = (value: string): boolean =>
  /^[A-Za-z0-9+/_=-]{32,}$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value);

/** The value of a setting, hidden when its name says that it is a secret, or when it carries one. */
export const withoutSecret = (name: string, value: string): string =>
  value !== '' && secretName.test(name) ? hidden(value) : withoutPasswords(value);

/** A text in which the passwords of addresses and of options such as `--password=…` are hidden. */
export const withoutPasswords = (text: string): string =>
  text
    .replaceAll(
      /(\/\/[^\s:/@]*:)([^\s/@]+)(?=@)/g,
      (_, before: string, secret: string) => before + hidden(secret),
    )
    .replaceAll(
      /(--?[\w-]*(?:pass|secret|token|key)[\w-]*[= ])(\S+)/gi,
      (_, before: string, secret: string) => before + hidden(secret),
    );

/** Settings in the texts of configuration files that hold a password. */
const secretLine =
  /^(\s*(?:requirepass|masterauth|masteruser|user|[\w.-]*(?:password|secret|token)[\w.-]*)\s*[ =:]\s*)(\S.*)$/i;

/** The lines of a configuration file with its passwords hidden. */
export const linesWithoutSecrets = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(secretLine, (_, before: string, secret: string) => before + hidden(secret)))
    .map(withoutPasswords);
