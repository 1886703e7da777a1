#!/usr/bin/env bash
# Stops what swift-up.sh DIRECTORY started, and nothing else, and removes the directory.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/stop-services.sh"

DIR=$(cd "${1:?usage: swift-down.sh DIRECTORY}" && pwd) || exit 0
stop_services "$DIR" proxy object container account memcached
if [ -f "$DIR/conf/swift.conf" ]; then rm -rf "$DIR"; fi
