#!/usr/bin/env bash
# Starts a Redis on 127.0.0.1, which keeps nothing on disk, and prints where it is:
#
#   tests/services/redis-up.sh DIRECTORY       prints REDIS_URL=… as a line of a shell
#   tests/services/redis-down.sh DIRECTORY     stops it and removes the directory
#
# Environment: REDIS_PORT is the port, by default a free one; REDIS_PASSWORD what clients must know; REDIS_CONFIG more lines of its
# configuration. Needs (Debian 12): redis-server.
set -euo pipefail

DIR=${1:?usage: redis-up.sh DIRECTORY}
command -v redis-server >/dev/null || {
	echo "no redis-server: apt-get install --no-install-recommends redis-server" >&2
	exit 2
}
mkdir -p "$DIR"/{run,log,data}
DIR=$(cd "$DIR" && pwd)

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port below those that the system hands out by itself.
free_port() {
	local port
	for _ in $(seq 50); do
		port=$((20000 + RANDOM % 12000))
		if ! listens $port; then
			echo $port
			return
		fi
	done
	echo "no free port found" >&2
	exit 1
}
PORT=${REDIS_PORT:-$(free_port)}

# By its configuration file in the title it is known to belong to this directory.
(
	umask 077
	cat >"$DIR/redis.conf" <<CONF
bind 127.0.0.1
port $PORT
dir $DIR/data
save ""
appendonly no
maxmemory-policy noeviction
proc-title-template "{title} {config-file} {listen-addr}"
${REDIS_PASSWORD:+requirepass $REDIS_PASSWORD}
${REDIS_CONFIG:-}
CONF
)
setsid redis-server "$DIR/redis.conf" >"$DIR/log/redis.out" 2>&1 </dev/null &
pid=$!
echo $pid >"$DIR/run/redis.pid"
for try in $(seq 200); do
	if listens "$PORT"; then break; fi
	if [ "$try" = 200 ] || ! kill -0 $pid 2>/dev/null; then
		echo "Redis did not start; see $DIR/log" >&2
		exit 1
	fi
	sleep 0.05
done
echo "REDIS_URL=redis://${REDIS_PASSWORD:+:$REDIS_PASSWORD@}127.0.0.1:$PORT"
