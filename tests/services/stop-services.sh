# What ceph-down.sh, swift-down.sh and redis-down.sh share.

# Ends what DIRECTORY/run names, gateways and proxies first, by process number, and only while that is still a process of this directory.
stop_services() { # directory, names in order …
	local dir=$1 name file pid
	shift
	for name in "$@"; do
		file=$dir/run/$name.pid
		[ -s "$file" ] || continue
		pid=$(cat "$file")
		end_process "$pid" "$dir"
		rm -f "$file"
	done
}

# By its command line: where process 1 is slow to reap, a dead process is still there for a while.
is_ours() { tr '\0' ' ' <"/proc/$1/cmdline" 2>/dev/null | grep -qF -- "$2/"; }

end_process() { # pid, directory
	is_ours "$1" "$2" || return 0
	kill -TERM "$1" 2>/dev/null || true
	# A gateway keeps no state, and takes up to 10 s to leave by itself.
	for _ in $(seq 25); do
		is_ours "$1" "$2" || return 0
		sleep 0.02
	done
	kill -KILL "$1" 2>/dev/null || true
	while is_ours "$1" "$2"; do sleep 0.02; done
}
