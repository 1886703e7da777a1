#!/usr/bin/env bash
# Installs, builds and runs the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
	cat <<-'TEXT'
		usage: ./run_tests.sh [options] [-- arguments of vitest]

		Without options: all tests that need nothing but Node. With --backend, --engine or --connection: the conformance suite
		on those alone.

		  --backend NAME                 file, ram, s3, …
		  --engine NAME                  sequential, threads, distributed, …
		  --connection PLACE             the place on the backend, or a whole target such as s3://bucket/prefix
		  --connection-options K=V …     options of connect: numbers, true, false and JSON are taken as such
		  --seed N | random              what property tests draw their cases from
		  --with-services                also the tests that need servers or mpiexec: Ceph, OpenStack Swift, Redis, Open MPI; installs these
		                                 from Debian's packages
		  --help                         print this

		Under mpiexec or srun (mpiexec -n 4 ./run_tests.sh, as root with --allow-run-as-root): what ranks do together. Rank 0 installs
		and builds, the others wait for it.
	TEXT
}

fail() {
	echo "$1; see ./run_tests.sh --help" >&2
	exit 2
}

# Sets the variable $1 to the value of the option $2, which is what follows it.
take() {
	case "${3:-}" in "" | --*) fail "$2 needs a value" ;; esac
	printf -v "$1" %s "$3"
}

# K=V … as a JSON object.
json_of() {
	node -e '
		const parsed = (text) => { try { return JSON.parse(text); } catch { return text; } };
		const entries = process.argv.slice(1).map((pair) => [pair.slice(0, pair.indexOf("=")), parsed(pair.slice(pair.indexOf("=") + 1))]);
		console.log(JSON.stringify(Object.fromEntries(entries)));
	' -- "$@"
}

tests=()
pairs=()
while [ $# -gt 0 ]; do
	case "$1" in
		--backend) take TESSERAE_TEST_BACKEND "$@"; shift 2 ;;
		--engine) take TESSERAE_TEST_ENGINE "$@"; shift 2 ;;
		--connection) take TESSERAE_TEST_CONNECTION "$@"; shift 2 ;;
		--connection-options)
			shift
			while [[ "${1:-}" == [!-]*=* ]]; do pairs+=("$1"); shift; done
			[ ${#pairs[@]} -gt 0 ] || fail "--connection-options needs K=V"
			;;
		--seed) take TESSERAE_TEST_SEED "$@"; export TESSERAE_TEST_SEED; shift 2 ;;
		--with-services) export TESSERAE_TEST_SERVICES=1; shift ;;
		--help | -h) usage; exit 0 ;;
		--) shift; break ;;
		*) fail "unknown option $1" ;;
	esac
done

prepare() {
	scripts/prepare.sh
	if [ -n "${TESSERAE_TEST_SERVICES:-}" ]; then scripts/prepare-services.sh; fi
}

# How long the others wait for rank 0 to install and build (s).
PATIENCE=1800

# Waits until rank 0 has installed and built. The others tell it a word each, and go on once it has repeated theirs: what an earlier job may have
# left in the place where they meet repeats nobody's.
prepare_ranks() { # rank, size, place
	local rank=$1 size=$2 place=$3 word=$RANDOM-$RANDOM-$RANDOM-$$
	if [ "$rank" -eq 0 ]; then
		prepare
		mkdir -p "$place"
		until [ "$(cat "$place"/word-* 2>/dev/null | wc -l)" -ge $((size - 1)) ]; do sleep 0.1; done
		cat "$place"/word-* >"$place/words" && mv "$place/words" "$place/go"
		return
	fi
	until grep -qx "$word" "$place/go" 2>/dev/null; do
		[ $SECONDS -lt $PATIENCE ] || fail "rank 0 did not install and build within $PATIENCE s"
		mkdir -p "$place"
		echo "$word" >"$place/word-$rank"
		sleep 0.1
	done
}

# Who has started several of these says which one this is.
rank=${OMPI_COMM_WORLD_RANK:-${PMI_RANK:-${SLURM_PROCID:-}}}
size=${OMPI_COMM_WORLD_SIZE:-${PMI_SIZE:-${SLURM_NTASKS:-1}}}
job=${PMIX_NAMESPACE:-${PMI_JOBID:-${SLURM_JOB_ID:-$PPID}}}
if [ -z "$rank" ] || { [ "${ENVIRONMENT:-}" = BATCH ] && [ -z "${SLURM_STEP_ID:-}" ]; }; then size=1; fi

if [ "$size" -eq 1 ]; then
	prepare
else
	place=dist/.ranks-$job
	if [ "$rank" -eq 0 ]; then trap 'rm -rf "$place"' EXIT; fi
	prepare_ranks "$rank" "$size" "$place"
	unset TESSERAE_TEST_SERVICES
	export TESSERAE_TEST_SHARED_PLACE="$PWD/$place/stores"
	tests=(tests/engines/together.test.ts)
	# One of them tells how it goes; the others, what goes wrong.
	if [ "$rank" -ne 0 ]; then tests+=(--reporter=dot); fi
fi
if [ ${#pairs[@]} -gt 0 ]; then TESSERAE_TEST_CONNECTION_OPTIONS=$(json_of "${pairs[@]}"); fi
for name in BACKEND ENGINE CONNECTION CONNECTION_OPTIONS; do
	variable=TESSERAE_TEST_$name
	if [ -n "${!variable:-}" ]; then
		export "${variable?}"
		if [ "$size" -eq 1 ]; then tests=(tests/conformance); fi
	fi
done
npx --no-install vitest run ${tests[@]+"${tests[@]}"} "$@"
