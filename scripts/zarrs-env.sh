#!/usr/bin/env bash
# Builds zarrs, the Rust implementation, into .zarrs-peer for `npm run bench:peers`. Takes some minutes, once; without cargo that side is left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=0.8.1
if [ -x .zarrs-peer/bin/zarrs_reencode ]; then exit 0; fi
if ! command -v cargo >/dev/null; then
	echo "no cargo: the bench does without zarrs' own programs" >&2
	exit 0
fi
cargo install --quiet --root .zarrs-peer --version "$version" --no-default-features --features benchmark zarrs_tools
