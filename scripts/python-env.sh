#!/usr/bin/env bash
# Makes .venv and .venv-zarr2 with the Python packages that tests/interop and tests/v2 compare with: zarr-python 3 and 2 cannot be in one. Quick and
# offline where nothing has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

prepare() {
	local environment=$1 requirements=$2
	local installed=$environment/requirements.installed
	if cmp -s "$requirements" "$installed"; then return; fi
	if [ ! -x "$environment/bin/python" ]; then python3 -m venv "$environment"; fi
	"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
	cp "$requirements" "$installed"
}

prepare .venv tests/interop/requirements.txt
prepare .venv-zarr2 tests/interop/requirements-zarr2.txt
