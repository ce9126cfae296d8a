import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type RepositoryFile, repositoryFiles } from './repository.ts';

/** Links of Markdown files to files or headings that do not exist, in words. */
export async function brokenLinks(checkout: string): Promise<readonly string[]> {
  const pages = await repositoryFiles(checkout, '.md');
  return pages.flatMap((page) => brokenLinksOf(page, pages, (path) => existsSync(join(checkout, path))));
}

export function brokenLinksOf(
  page: RepositoryFile,
  pages: readonly RepositoryFile[],
  exists: (path: string) => boolean,
): readonly string[] {
  return linksOf(page.text).flatMap((link) => {
    const [file = '', heading] = link.split('#');
    const path = file === '' ? page.path : join(dirname(page.path), file);
    if (!exists(path)) return [`${page.path}: ${link} leads nowhere`];
    const target = pages.find((candidate) => candidate.path === path);
    if (heading === undefined || !target || anchorsOf(target.text).includes(heading)) return [];
    return [`${page.path}: ${path} has no heading ${heading}`];
  });
}

/** Targets of inline links and pictures that stay in the repository; code is passed over. */
const linksOf = (text: string): readonly string[] =>
  [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^[a-z]+:/.test(target));

/** Headings as a forge turns them into anchors. */
const anchorsOf = (text: string): readonly string[] =>
  [...withoutBlocks(text).matchAll(/^#+\s+(.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );

const withoutBlocks = (text: string): string => text.replaceAll(/```[\s\S]*?```/g, '');
const withoutCode = (text: string): string => withoutBlocks(text).replaceAll(/`[^`\n]*`/g, '');
