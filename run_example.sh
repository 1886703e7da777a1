#!/usr/bin/env bash
# Installs, builds and runs one of the examples: ./run_example.sh NAME [its options]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
	echo "usage: ./run_example.sh NAME [options], where NAME is one of:"
	for example in "$root"/examples/*.ts; do echo "  $(basename "$example" .ts)"; done
	echo "None needs options; those of convolutions are explained by: ./run_example.sh convolutions --help"
}

case "${1:-}" in
	-h | --help)
		usage
		exit 0
		;;
	"")
		usage >&2
		exit 2
		;;
esac
if [ ! -f "$root/examples/$1.ts" ]; then
	echo "there is no example $1" >&2
	usage >&2
	exit 2
fi
"$root/scripts/prepare.sh"
exec node "$root/dist/examples/$1.js" "${@:2}"
