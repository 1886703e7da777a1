#!/usr/bin/env bash
# Makes .venv with the Python packages that tests/interop compares with. Quick and offline where nothing has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requirements=tests/interop/requirements.txt
installed=.venv/requirements.installed
if cmp -s $requirements $installed; then exit 0; fi
if [ ! -x .venv/bin/python ]; then python3 -m venv .venv; fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement $requirements
cp $requirements $installed
