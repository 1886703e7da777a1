#!/usr/bin/env bash
# Makes .venv-dosna with DosNa, for `npm run bench -- --only dosna`.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/venv.sh" .venv-dosna bench/peers/requirements-dosna.txt
