#!/usr/bin/env bash
# Installs the servers that some tests need, from Debian's packages, where they are missing. Quick and offline where they are there.
set -euo pipefail

missing=()
need() { # program, package …
	if ! command -v "$1" >/dev/null; then missing+=("${@:2}"); fi
}
need ceph-mon ceph-mon
need ceph-osd ceph-osd
need radosgw radosgw
need ceph ceph-common
need swift-proxy-server swift-proxy
need swift-account-server swift-account
need swift-container-server swift-container
need swift-object-server swift-object
need memcached memcached
need redis-server redis-server
need openssl openssl
need curl curl
need mpiexec openmpi-bin
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

install="apt-get install --yes --no-install-recommends ${missing[*]}"
if ! command -v apt-get >/dev/null; then
	echo "missing: ${missing[*]} (packages of Debian), which the tests with --with-services start" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "the tests with --with-services start servers that are not installed: as root, $install" >&2
	exit 1
fi
echo "installing ${missing[*]}" >&2
# Packages of servers start them, which nobody asked for: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy
	trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
$install >/dev/null 2>&1 || { apt-get update >/dev/null && $install >/dev/null; }
