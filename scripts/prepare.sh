#!/usr/bin/env bash
# Installs what package-lock.json names and builds into dist/. Quick and offline where nothing has changed.
# Native addons are compiled where there is a C++ compiler; without one a prebuilt addon is tried, and failing that
# the library does without: they are optional dependencies.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

require_node() {
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		echo "Node.js 20 or later, with npm, is needed: https://nodejs.org" >&2
		exit 1
	fi
	node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || {
		echo "Node.js 20 or later is needed; this is $(node --version)" >&2
		exit 1
	}
}

# What an installation depends on: the ABI that native addons were compiled for, and the lock file.
wanted() {
	node -p process.versions.modules
	cksum <package-lock.json
}

can_compile() {
	command -v make && command -v python3 && { command -v "${CXX:-c++}" || command -v g++; }
} >/dev/null

# Where node-gyp finds the headers of this very Node: beside it, or in npm's own copy of that version.
node_headers() {
	local beside copy="$PWD/node_modules/.node-headers"
	beside=$(node -p 'path.resolve(process.execPath, "../..")')
	if [ -e "$beside/include/node/node.h" ]; then
		echo "$beside"
	elif fetch_headers "$copy"; then
		echo "$copy"
	fi
}

fetch_headers() {
	local package
	package=$(node -p '`node-${process.platform}-${process.arch}@${process.versions.node}`')
	rm -rf "$1" && mkdir -p "$1"
	npm pack --silent --pack-destination "$1" "$package" >/dev/null && tar -xzf "$1"/*.tgz -C "$1" --strip-components=1 package/include
	rm -f "$1"/*.tgz
	[ -e "$1/include/node/node.h" ]
}

# Not `npm ci`: npm 11 refuses a lock file in which optional packages of other platforms are missing, and not every registry
# carries those. `npm install` takes the same versions from it, and `--no-save` leaves it alone.
npm_install() {
	npm install --no-save --no-audit --no-fund --no-update-notifier --loglevel=error "$@"
}

install_packages() {
	local stamp=node_modules/.prepared before
	before=$(cat $stamp 2>/dev/null || true)
	if [ "$before" = "$(wanted)" ]; then return; fi
	if can_compile; then
		export npm_config_build_from_source="${npm_config_build_from_source:-true}"
		export npm_config_nodedir="${npm_config_nodedir:-$(node_headers)}"
		if [ -z "$npm_config_nodedir" ]; then unset npm_config_nodedir; fi
		echo "installing packages; native addons are compiled, which takes a minute or two" >&2
	fi
	npm_install
	if [ -n "$before" ] && [ "${before%%$'\n'*}" != "$(node -p process.versions.modules)" ]; then
		npm rebuild --loglevel=error || echo "native addons could not be rebuilt for $(node --version)" >&2
	fi
	wanted >$stamp
}

require_node
install_packages
npm run --silent build
