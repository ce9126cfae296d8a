/** What is asked of a host before it is adopted, by name; nothing is changed, and root is not needed. */
const questions = {
  sudo: '[ "$(id -u)" = 0 ] || sudo -n true',
  init: 'cat /proc/1/comm; systemctl is-system-running',
  release: 'cat /etc/os-release',
  apt: 'command -v apt-get && command -v dpkg-query',
  disk: 'df --output=avail -B1 /var | tail -n 1',
  // A mirror behind a proxy is reached when the proxy is.
  mirrors: `proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy)
    for site in $(echo "\${proxy:-$(apt-get indextargets --format '$(SITE)' | sort -u)}"); do
      place=\${site#*://}; place=\${place#*@}; place=\${place%%/*}
      case $site in http://*) port=80 ;; https://*) port=443 ;; *) continue ;; esac
      case $place in *:*) port=\${place##*:} ;; esac
      timeout 3 bash -c ': < /dev/tcp/$0/$1' "\${place%%:*}" "$port" && echo "yes $site" || echo "no $site"
    done`,
  ports: '$root ss -Hltnp',
  docker: "$root docker info --format '{{.ServerVersion}}'",
  containers: "$root docker ps --all --format '{{.Names}}'",
  clusters: 'pg_lsclusters --no-header',
  redis: 'redis-cli ping',
  units: 'systemctl show --property=Id,LoadState worker.service redis-server.service ssh.service',
  forwarding: '$root sshd -T 2>/dev/null || $root /usr/sbin/sshd -T',
} as const;

export type AdoptionQuestion = keyof typeof questions;
export const adoptionQuestions = Object.keys(questions) as AdoptionQuestion[];

/** Shell lines that answer in sections of `STATUS\nOUTPUT\0`. */
export const adoptionLines: readonly string[] = [
  'root=; [ "$(id -u)" = 0 ] || root="sudo -n"',
  ...adoptionQuestions.map((name) => `out=$({ ${questions[name]}\n} 2>&1 </dev/null); tell $? "$out"`),
];
