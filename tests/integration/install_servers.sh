#!/bin/sh
# Installs the Debian servers that the integration tests start: WordPress with what it runs on, PostgreSQL, and the
# browser (Chromium) that reads the search page.
# As root; only what is missing; in well under a second when all is there. It starts no service: the tests run their own
# private processes. Elsewhere than on Debian, or not as root, it says what is missing and exits 1.
set -eu

# In this order, so that "php" and "wordpress" find a server there and do not ask for Apache.
first="php-fpm php-cli nginx mariadb-server-core"
rest="php php-mysql php-gd php-xml php-mbstring mariadb-client wordpress wordpress-l10n
  wordpress-theme-twentytwentyone wordpress-theme-twentytwentytwo wordpress-theme-twentytwentythree postgresql
  chromium"

missing() {
  for package in "$@"; do
    case "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" in
      installed) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}

command -v dpkg-query >/dev/null || { echo "install_servers: not a Debian system; install by hand: $first $rest" >&2; exit 1; }
# shellcheck disable=SC2086  # lists of words
lacking="$(missing $first $rest)"
[ -n "$lacking" ] || { echo "install_servers: all servers for the integration tests are installed"; exit 0; }
[ "$(id -u)" = 0 ] || { echo "install_servers: run as root: apt-get install $lacking" >&2; exit 1; }
echo "install_servers: installing $lacking"

# Debian starts what it installs; nothing here wants that, and port 80 may be someone else's.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
log="$(mktemp)"
install() {
  [ $# = 0 ] || apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 \
    --no-install-recommends install "$@" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
}
apt-get -qq -o Acquire::Retries=3 update
# shellcheck disable=SC2046,SC2086  # lists of words
{ install $(missing $first); install $(missing $rest); }
rm -f "$log"
lacking="$(missing $first $rest)"
[ -z "$lacking" ] || { echo "install_servers: still missing: $lacking" >&2; exit 1; }
