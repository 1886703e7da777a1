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

# What an installation depends on: the lock file, and the ABI that native addons were compiled for.
wanted() {
	node -p process.versions.modules
	cat package.json package-lock.json | cksum
}

# Where node-gyp finds the headers of this very Node: beside it, or in npm's copy of that version.
node_headers() {
	local prefix copy package
	prefix=$(node -p 'path.resolve(process.execPath, "../..")')
	copy="$PWD/node_modules/.node-headers"
	if [ ! -e "$prefix/include/node/node.h" ]; then
		package=$(node -p '`node-${process.platform}-${process.arch}@${process.versions.node}`')
		prefix=$copy
		mkdir -p "$copy"
		npm pack --silent --pack-destination "$copy" "$package" >/dev/null || return 0
		tar -xzf "$copy"/node-*.tgz -C "$copy" --strip-components=1 package/include
		rm "$copy"/node-*.tgz
	fi
	echo "$prefix"
}

# Not `npm ci`: npm 11 refuses a lock file without the entries of other platforms' optional packages, which a registry need not carry.
install_packages() {
	local stamp=node_modules/.prepared
	if [ -e node_modules/.package-lock.json ] && [ "$(cat $stamp 2>/dev/null)" = "$(wanted)" ]; then return; fi
	if command -v "${CXX:-c++}" >/dev/null || command -v g++ >/dev/null; then
		export npm_config_build_from_source="${npm_config_build_from_source:-true}"
		export npm_config_nodedir="${npm_config_nodedir:-$(node_headers)}"
	fi
	echo "installing packages (native addons are compiled: two minutes or so)" >&2
	npm install --no-save --no-audit --no-fund --loglevel=error
	wanted >$stamp
}

require_node
install_packages
npm run --silent build
