#!/usr/bin/env bash
# Stops what redis-up.sh DIRECTORY started, and nothing else, and removes the directory.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/stop-services.sh"

DIR=$(cd "${1:?usage: redis-down.sh DIRECTORY}" && pwd) || exit 0
stop_services "$DIR" redis
if [ -f "$DIR/redis.conf" ]; then rm -rf "$DIR"; fi
