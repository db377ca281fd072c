#!/bin/sh
# Make a Chromium available for the browser tests where that is possible; say so where it is not.
# The tests look at $CHROMIUM_PATH, then at the PATH; without a browser they skip and name this file.
set -u
for name in "${CHROMIUM_PATH:-}" chromium chromium-browser google-chrome; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
    echo "Installing Chromium for the browser tests (apt-get install chromium) ..."
    export DEBIAN_FRONTEND=noninteractive
    # The list of packages may be new enough already: a failed update is not yet a failure.
    $as_root apt-get update -qq || true
    $as_root apt-get install -y -qq --no-install-recommends \
        chromium fonts-dejavu-core fonts-noto-core fonts-noto-color-emoji >/dev/null && exit 0
fi
echo "No Chromium here and it could not be installed: browser tests will skip." \
    "Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH." >&2
exit 0
