#!/usr/bin/env bash
# Waits until process PID is gone, however it ended, then stops what DIRECTORY/ceph, DIRECTORY/swift and DIRECTORY/redis hold and removes it.
set -uo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

while kill -0 "$1" 2>/dev/null; do sleep 1; done
"$HERE/ceph-down.sh" "$2/ceph"
"$HERE/swift-down.sh" "$2/swift"
"$HERE/redis-down.sh" "$2/redis"
rm -rf "$2"
