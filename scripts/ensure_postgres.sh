#!/bin/sh
# Make a PostgreSQL available for the tests of the shared review where that is possible; say so where
# it is not. The tests start a server of their own from what is found here, in a temporary folder, and
# stop it; nothing is left running. Without one they skip and name this file.
set -u
if [ -n "${PASER_TEST_POSTGRES_URL:-}" ] || command -v initdb >/dev/null 2>&1; then
    exit 0
fi
for folder in /usr/lib/postgresql/*/bin; do # where Debian puts it, outside the PATH
    if [ -x "$folder/initdb" ]; then
        exit 0
    fi
done
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
    echo "Installing PostgreSQL for the tests of the shared review (apt-get install postgresql) ..."
    # The package would make and start a server of its own for the whole machine; ours is enough.
    $as_root mkdir -p /etc/postgresql-common 2>/dev/null &&
        [ -e /etc/postgresql-common/createcluster.conf ] ||
        echo "create_main_cluster = false" |
        $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null 2>&1 || true
    # The list of packages may be new enough already: a failed update is not yet a failure.
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || true
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Options::=--force-confold postgresql >/dev/null && exit 0
fi
echo "No PostgreSQL here and it could not be installed: its tests will skip." \
    "Install it (Debian: apt-get install postgresql) or set PASER_TEST_POSTGRES_URL." >&2
exit 0
