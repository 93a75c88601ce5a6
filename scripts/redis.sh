#!/usr/bin/env bash
# Redis and nginx for the tests of queues and of several servers. Without them these are skipped, or
# fail where CI is set (Redis).
set -euo pipefail
wanted=()
command -v redis-server >/dev/null || wanted+=(redis-server)
command -v nginx >/dev/null || wanted+=(nginx-light)
[ "${#wanted[@]}" = 0 ] && exit 0
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq
  # A service that Debian would start has a port that somebody may want.
  printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${wanted[@]}" >/dev/null || true
  rm -f /usr/sbin/policy-rc.d
else
  echo "No ${wanted[*]} here and no right to install it: their tests will be skipped."
fi
