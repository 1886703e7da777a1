#!/usr/bin/env bash
# Makes .venv-peers with zarr-python, zarrs and TensorStore, for `npm run bench:peers`.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/venv.sh" .venv-peers bench/peers/requirements-peers.txt
