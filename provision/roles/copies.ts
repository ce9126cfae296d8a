import { copies } from '../../core/backupLayout.ts';
import { copyAuthorized, copyFiles, copyHome, copyKnownHosts, copySshConfig } from '../backups/copyAccess.ts';
import { keyItem } from '../inventory/values.ts';
import { account } from '../properties/account.ts';
import { file } from '../properties/file.ts';
import { folders } from '../properties/folders.ts';
import { hostOf, type Site } from '../site.ts';
import type { Step } from '../types.ts';
import { why } from './carried.ts';

/** On docker: the way to app. */
export const copyClient = (site: Site): readonly Step[] => [
  file({ path: copyFiles.key, content: site.secrets.copyKey, mode: '0600', why: why.copies }),
  file({
    path: copyFiles.knownHosts,
    content: copyKnownHosts(hostOf(site, 'app'), site.appHostKey),
    why: why.copies,
  }),
  file({ path: copyFiles.ssh, content: copySshConfig(hostOf(site, 'app')), why: why.copies }),
];

/** On app. The account needs a shell that runs the one command of its key; whatever else is asked for ends in that too. */
export function copySteps(site: Site): readonly Step[] {
  const { user, root } = copies;
  const { copyPublicKey } = site.secrets;
  const [type = '', key = '', ...comment] = copyPublicKey.trim().split(' ');
  const authorized = file({
    path: `${copyHome}/.ssh/authorized_keys`,
    content: copyAuthorized(copyPublicKey),
    why: why.copies,
  });
  return [
    account({ name: user, uid: 640, home: copyHome, shell: '/bin/sh', why: why.copies }),
    folders(
      copies.folders.map((name) => ({ path: `${root}/${name}`, owner: `${user}:${user}` })),
      why.copies,
    ),
    {
      ...authorized,
      declares: [
        { kind: 'item', section: 'keys', item: keyItem(user, key), value: [type, ...comment].join(' ') },
      ],
    },
  ];
}
