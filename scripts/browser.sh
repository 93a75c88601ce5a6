#!/usr/bin/env bash
# Chromium for the browser tests. Without it they are skipped, or fail where CI is set.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null && exit 0
done
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
else
  echo "No Chromium here and no right to install it: the browser tests will be skipped."
fi
