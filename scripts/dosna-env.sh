#!/usr/bin/env bash
# Makes .venv-dosna with DosNa, for `npm run bench -- --only dosna`. Quick and offline where nothing has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

requirements=bench/peers/requirements-dosna.txt
installed=.venv-dosna/requirements.installed
if cmp -s $requirements $installed; then exit 0; fi
if [ ! -x .venv-dosna/bin/python ]; then python3 -m venv .venv-dosna; fi
.venv-dosna/bin/python -m pip install --quiet --disable-pip-version-check --requirement $requirements
cp $requirements $installed
