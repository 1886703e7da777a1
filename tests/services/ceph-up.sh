#!/usr/bin/env bash
# Boots a Ceph of one node (one monitor, one OSD, RADOS Gateways; no manager, no systemd) on 127.0.0.1, and prints where it serves S3:
#
#   tests/services/ceph-up.sh DIRECTORY        prints S3_ENDPOINT, AWS_ACCESS_KEY_ID … as lines of a shell
#   tests/services/ceph-down.sh DIRECTORY      stops it and removes the directory
#
# Everything it writes is in DIRECTORY. Environment: CEPH_STORE=bluestore keeps objects in a file there, by default they are in memory;
# CEPH_GATEWAYS=2 starts a second gateway. Needs (Debian 12): ceph-mon ceph-osd radosgw ceph-common.
set -euo pipefail

DIR=${1:?usage: ceph-up.sh DIRECTORY}
STORE=${CEPH_STORE:-memstore}
BYTES=${CEPH_BYTES:-4294967296}
GATEWAYS=${CEPH_GATEWAYS:-1}
ACCESS_KEY=testaccesskey
SECRET_KEY=testsecretkey0123456789

for program in ceph-mon ceph-osd radosgw radosgw-admin monmaptool ceph-authtool ceph; do
	command -v $program >/dev/null || {
		echo "no $program: apt-get install --no-install-recommends ceph-mon ceph-osd radosgw ceph-common" >&2
		exit 2
	}
done
mkdir -p "$DIR"/{run,log,mon,osd,rgw}
DIR=$(cd "$DIR" && pwd)
CONF=$DIR/ceph.conf

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Ports below those that the system hands out by itself: 0 and 1 the monitor, 2 and 3 gateways, from 10 on the OSD.
free_ports() {
	local base
	for _ in $(seq 50); do
		base=$((20000 + (RANDOM % 120) * 100))
		if ! listens $base && ! listens $((base + 1)) && ! listens $((base + 2)) && ! listens $((base + 3)); then
			echo $base
			return
		fi
	done
	echo "no free ports found" >&2
	exit 1
}
PORT=$(free_ports)

start() { # name, command …
	local name=$1
	shift
	setsid "$@" >"$DIR/log/$name.out" 2>&1 </dev/null &
	echo $! >"$DIR/run/$name.pid"
}

wait_for() { # seconds, what, command …
	local left=$(($1 * 20)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		if [ $left -le 0 ]; then
			echo "waited too long for $what; see $DIR/log" >&2
			exit 1
		fi
		sleep 0.05
	done
}

fsid=$(cat /proc/sys/kernel/random/uuid)
osd_uuid=$(cat /proc/sys/kernel/random/uuid)
mon_addresses="[v2:127.0.0.1:$PORT,v1:127.0.0.1:$((PORT + 1))]"

# cephx, since without it the gateway never starts; the intervals of paxos, else booting takes 12 s; and a memstore is kept by a slow end only.
cat >"$CONF" <<CONF
[global]
fsid = $fsid
auth cluster required = cephx
auth service required = cephx
auth client required = cephx
keyring = $DIR/keyring
mon host = $mon_addresses
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv4 = true
ms bind ipv6 = false
ms bind port min = $((PORT + 10))
ms bind port max = $((PORT + 70))
run dir = $DIR/run
admin socket = $DIR/run/\$name.asok
crash dir = $DIR/log
log file = $DIR/log/\$name.log
log to stderr = false
err to stderr = true
mon cluster log file = $DIR/log/cluster.log
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 2
mon warn on pool no redundancy = false
mon warn on insecure global id reclaim allowed = false
mon osd full ratio = .99
mon osd nearfull ratio = .98
mon osd backfillfull ratio = .985
osd failsafe full ratio = .995
paxos propose interval = 0.01
paxos min wait = 0.01
mon election timeout = 1
$(for part in ms osd bluestore bluefs bdev rocksdb monc objecter rados auth throttle objclass rgw; do echo "debug $part = 0/0"; done)
[mon]
mon data = $DIR/mon
[osd]
osd data = $DIR/osd
osd journal = $DIR/osd/journal
osd objectstore = $STORE
memstore device bytes = $BYTES
bluestore block create = true
bluestore block size = $BYTES
bluestore block wal size = 0
bluestore block db size = 0
osd memory target = 1073741824
osd class load list = *
osd class default list = *
osd op num shards = 2
osd op num threads per shard = 2
osd op queue = wpq
osd fast shutdown = $([ "$STORE" = memstore ] && echo false || echo true)
[client.rgw]
rgw data = $DIR/rgw
rgw thread pool size = 64
rgw enable usage log = false
rgw enable ops log = false
rgw override bucket index max shards = 1
rgw run sync thread = false
rgw data log num shards = 1
rgw gc max objs = 1
rgw lc max objs = 1
rgw crypt require ssl = false
CONF

key_of() { # entity, capabilities …
	printf '[%s]\n\tkey = %s\n' "$1" "$(ceph-authtool --gen-print-key)"
	shift
	for capability in "$@"; do printf '\tcaps %s\n' "$capability"; done
}
(
	umask 077
	{
		key_of mon. 'mon = "allow *"'
		key_of osd.0 'mon = "allow profile osd"' 'osd = "allow *"'
		key_of client.rgw 'mon = "allow rw"' 'osd = "allow rwx"'
		key_of client.admin 'mon = "allow *"' 'osd = "allow *"'
	} >"$DIR/keyring"
)
ulimit -n 20000 2>/dev/null || true
monmaptool --create --clobber --fsid "$fsid" --addv a "$mon_addresses" "$DIR/monmap" >/dev/null
ceph-mon --mkfs -i a -c "$CONF" --monmap "$DIR/monmap" --keyring "$DIR/keyring" --fsid "$fsid" 2>"$DIR/log/mon-mkfs.err"
start mon ceph-mon -f -i a -c "$CONF"
wait_for 20 "the monitor" listens "$PORT"
wait_for 30 "a new OSD" ceph -c "$CONF" --connect-timeout 20 osd new "$osd_uuid" 0
ceph-osd --mkfs -i 0 --osd-uuid "$osd_uuid" -c "$CONF" >"$DIR/log/osd-mkfs.out" 2>&1
start osd ceph-osd -f -i 0 -c "$CONF"
osd_is_up() { ceph -c "$CONF" --connect-timeout 10 osd stat 2>/dev/null | grep -q '1 up'; }
wait_for 60 "the OSD" osd_is_up

# Without tcp_nodelay every small GET waits 44 ms.
for n in $(seq "$GATEWAYS"); do
	port=$((PORT + 1 + n))
	start "rgw$n" radosgw -f -n client.rgw -c "$CONF" --admin-socket="$DIR/run/rgw$n.asok" \
		--rgw-frontends="beast endpoint=127.0.0.1:$port tcp_nodelay=1"
done
has_user() {
	radosgw-admin -n client.rgw -c "$CONF" --admin-socket= user create --uid=test --display-name=test \
		--access-key="$ACCESS_KEY" --secret-key="$SECRET_KEY"
}
wait_for 60 "a user of S3" has_user
for n in $(seq "$GATEWAYS"); do wait_for 120 "gateway $n" listens $((PORT + 1 + n)); done

{
	echo "S3_ENDPOINT=http://127.0.0.1:$((PORT + 2))"
	if [ "$GATEWAYS" -gt 1 ]; then echo "S3_SECOND_ENDPOINT=http://127.0.0.1:$((PORT + 3))"; fi
	echo "AWS_ACCESS_KEY_ID=$ACCESS_KEY"
	echo "AWS_SECRET_ACCESS_KEY=$SECRET_KEY"
	echo "AWS_REGION=us-east-1"
} | tee "$DIR/env"
