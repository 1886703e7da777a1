#!/usr/bin/env bash
# Makes .venv-peers with zarr-python, zarrs and TensorStore, for `npm run bench:peers`. Quick and offline where nothing has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requirements=bench/peers/requirements-peers.txt
installed=.venv-peers/requirements.installed
if cmp -s $requirements $installed; then exit 0; fi
if [ ! -x .venv-peers/bin/python ]; then python3 -m venv .venv-peers; fi
.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement $requirements
cp $requirements $installed
