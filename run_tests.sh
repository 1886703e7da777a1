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
		  --with-services                also the tests that start servers: Ceph, OpenStack Swift, Redis; installs these from Debian's packages
		  --help                         print this
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

scripts/prepare.sh
if [ -n "${TESSERAE_TEST_SERVICES:-}" ]; then scripts/prepare-services.sh; fi
if [ ${#pairs[@]} -gt 0 ]; then TESSERAE_TEST_CONNECTION_OPTIONS=$(json_of "${pairs[@]}"); fi
for name in BACKEND ENGINE CONNECTION CONNECTION_OPTIONS; do
	variable=TESSERAE_TEST_$name
	if [ -n "${!variable:-}" ]; then
		export "${variable?}"
		tests=(tests/conformance)
	fi
done
exec npx --no-install vitest run ${tests[@]+"${tests[@]}"} "$@"
