#!/usr/bin/env bash
# Boots OpenStack Swift, of one node with one replica, on 127.0.0.1 with its S3 interface, and prints where it serves it:
#
#   tests/services/swift-up.sh DIRECTORY       prints S3_ENDPOINT, AWS_ACCESS_KEY_ID … as lines of a shell
#   tests/services/swift-down.sh DIRECTORY     stops it and removes the directory
#
# Everything it writes is in DIRECTORY, swift.conf too: /etc/swift is not looked at.
# Needs (Debian 12): swift-proxy swift-account swift-container swift-object memcached.
set -euo pipefail

DIR=${1:?usage: swift-up.sh DIRECTORY}
for program in swift-proxy-server swift-object-server swift-ring-builder memcached; do
	command -v $program >/dev/null || {
		echo "no $program: apt-get install --no-install-recommends swift-proxy swift-account swift-container swift-object memcached" >&2
		exit 2
	}
done
mkdir -p "$DIR"/{conf,srv/d1,run,log,cache}
DIR=$(cd "$DIR" && pwd)

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Ports below those that the system hands out by itself: proxy, object, container, account, memcached.
free_ports() {
	local base
	for _ in $(seq 50); do
		base=$((20080 + (RANDOM % 120) * 100))
		if ! listens $base && ! listens $((base + 1)) && ! listens $((base + 2)) && ! listens $((base + 3)) && ! listens $((base + 4)); then
			echo $base
			return
		fi
	done
	echo "no free ports found" >&2
	exit 1
}
PORT=$(free_ports)
MEMCACHED=$((PORT + 4))
USER_NAME=$(id -un)

start() { # name, command …
	local name=$1
	shift
	setsid "$@" >"$DIR/log/$name.out" 2>&1 </dev/null &
	echo $! >"$DIR/run/$name.pid"
}

cat >"$DIR/conf/swift.conf" <<CONF
[swift-hash]
swift_hash_path_suffix = tesserae
swift_hash_path_prefix = tesserae
[storage-policy:0]
name = one
default = yes
CONF

defaults() { # port, name
	cat <<-CONF
		[DEFAULT]
		bind_ip = 127.0.0.1
		bind_port = $1
		workers = 0
		user = $USER_NAME
		swift_dir = $DIR/conf
		devices = $DIR/srv
		mount_check = false
		disable_fallocate = true
		recon_cache_path = $DIR/cache
		log_name = $2
		log_address = $DIR/log/none
	CONF
}

# Swift reads swift.conf of /etc/swift whatever swift_dir says, so its programs are started by this, which names another one first.
cat >"$DIR/conf/serve.py" <<'PYTHON'
import sys

import swift.common.utils

server, swift_conf, server_conf = sys.argv[1:]
swift.common.utils.SWIFT_CONF_FILE = swift_conf
from swift.common.wsgi import run_wsgi

sys.exit(run_wsgi(server_conf, server))
PYTHON
serve() { start "$1" /usr/bin/python3 "$DIR/conf/serve.py" "$1-server" "$DIR/conf/swift.conf" "$DIR/conf/$1-server.conf"; }

n=0
for server in object container account; do
	n=$((n + 1))
	(
		cd "$DIR/conf"
		swift-ring-builder $server.builder create 4 1 0 >/dev/null
		swift-ring-builder $server.builder add "r1z1-127.0.0.1:$((PORT + n))/d1" 1 >/dev/null
		swift-ring-builder $server.builder rebalance >/dev/null || true
		{
			defaults $((PORT + n)) $server
			printf '[pipeline:main]\npipeline = %s-server\n[app:%s-server]\nuse = egg:swift#%s\nallow_versions = on\n' $server $server $server
		} >$server-server.conf
	) &
done
wait
{
	defaults "$PORT" proxy
	echo "[pipeline:main]"
	echo "pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-server"
	for filter in catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo symlink; do
		printf '[filter:%s]\nuse = egg:swift#%s\n' $filter $filter
	done
	cat <<-CONF
		[app:proxy-server]
		use = egg:swift#proxy
		account_autocreate = true
		allow_account_management = true
		[filter:cache]
		use = egg:swift#memcache
		memcache_servers = 127.0.0.1:$MEMCACHED
		[filter:s3api]
		use = egg:swift#s3api
		s3_acl = false
		location = us-east-1
		check_bucket_owner = false
		[filter:tempauth]
		use = egg:swift#tempauth
		user_test_tester = testing .admin
		[filter:versioned_writes]
		use = egg:swift#versioned_writes
		allow_versioned_writes = true
		allow_object_versioning = true
	CONF
} >"$DIR/conf/proxy-server.conf"

start memcached memcached -u "$USER_NAME" -l 127.0.0.1 -p "$MEMCACHED" -m 64 -P "$DIR/run/memcached.own"
for server in account container object proxy; do serve $server; done
is_healthy() {
	exec 3<>"/dev/tcp/127.0.0.1/$PORT" && printf 'GET /healthcheck HTTP/1.0\r\n\r\n' >&3 && grep -q '200 OK' <&3
}
for try in $(seq 400); do
	if (is_healthy) 2>/dev/null && listens $((PORT + 1)) && listens $((PORT + 2)) && listens $((PORT + 3)); then break; fi
	if [ "$try" = 400 ]; then
		echo "waited too long for Swift; see $DIR/log" >&2
		exit 1
	fi
	sleep 0.05
done

tee "$DIR/env" <<ENV
S3_ENDPOINT=http://127.0.0.1:$PORT
AWS_ACCESS_KEY_ID=test:tester
AWS_SECRET_ACCESS_KEY=testing
AWS_REGION=us-east-1
ENV
