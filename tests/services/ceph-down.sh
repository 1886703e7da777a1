#!/usr/bin/env bash
# Stops what ceph-up.sh DIRECTORY started, and nothing else, and removes the directory.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/stop-services.sh"

DIR=$(cd "${1:?usage: ceph-down.sh DIRECTORY}" && pwd) || exit 0
stop_services "$DIR" rgw2 rgw1 osd mon
if [ -f "$DIR/ceph.conf" ]; then rm -rf "$DIR"; fi
