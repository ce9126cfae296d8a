/** The lines of an output that hold anything. */
export const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** What stands before and behind the first `separator`; all of a line without one stands before it. */
export function pairAt(line: string, separator: string): readonly [string, string] {
  const at = line.indexOf(separator);
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + separator.length)];
}

/** Lines of `NAME=VALUE`, as `systemctl show` prints them. */
export const propertiesIn = (text: string): ReadonlyMap<string, string> =>
  new Map(linesOf(text).map((line) => pairAt(line, '=')));

/** The values of /etc/os-release, without their quotes. */
export const releaseIn = (text: string): ReadonlyMap<string, string> =>
  new Map([...propertiesIn(text)].map(([name, value]) => [name, value.replaceAll('"', '')]));

/** Lines of `SUM  PATH`, as sha256sum and md5sum print them: sum by path. */
export const sumsIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    linesOf(text)
      .map((line) => pairAt(line, '  '))
      .map(([sum, path]) => [path, sum]),
  );
