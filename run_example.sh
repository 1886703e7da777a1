#!/usr/bin/env bash
# Installs, builds and runs one of the examples: ./run_example.sh NAME [its options]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

usage() {
	echo "usage: ./run_example.sh NAME [options], where NAME is one of:"
	for example in "$root"/examples/*.ts; do echo "  $(basename "$example" .ts)"; done
	echo "None needs options; those of convolutions are explained by: ./run_example.sh convolutions --help"
	echo "With --engine ranks the program is started as often as --workers says."
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

# How many ranks there are to be: those of --engine ranks, and of the example that is about them. Whoever has started ranks already has done so.
ranks=
case "$1 $* " in *" --engine ranks "* | *" --engine=ranks "*) ranks=$(nproc) ;; ranks\ *) ranks=4 ;; esac
if [ -n "${OMPI_COMM_WORLD_SIZE:-${PMI_SIZE:-${SLURM_NTASKS:-}}}" ]; then ranks=; fi
if [ -n "$ranks" ]; then
	workers=("$@")
	for i in "${!workers[@]}"; do
		case "${workers[i]}" in
			--workers) ranks=${workers[i + 1]:-} ;;
			--workers=*) ranks=${workers[i]#*=} ;;
		esac
	done
	exec node "$root/dist/apps/cli/index.js" ranks -n "$ranks" "$root/dist/examples/$1.js" "${@:2}"
fi
exec node "$root/dist/examples/$1.js" "${@:2}"
