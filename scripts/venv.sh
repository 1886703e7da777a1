#!/usr/bin/env bash
# usage: scripts/venv.sh DIRECTORY REQUIREMENTS
# Makes a virtual environment of Python with what a requirements file lists. Quick and offline where nothing has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

environment=$1 requirements=$2
installed=$environment/requirements.installed
if cmp -s "$requirements" "$installed"; then exit 0; fi
if [ ! -x "$environment/bin/python" ]; then python3 -m venv "$environment"; fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$installed"
