#!/usr/bin/env bash
# Makes .venv and .venv-zarr2 with the Python packages that tests/interop and tests/v2 compare with: zarr-python 3 and 2 cannot be in one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./venv.sh .venv tests/interop/requirements.txt
./venv.sh .venv-zarr2 tests/interop/requirements-zarr2.txt
