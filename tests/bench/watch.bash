# The part of tests/bench/run for `watch`.
#
# shellcheck shell=bash disable=SC2016 # backticks are Markdown's

# make_recording EVENTS: writes a recording of EVENTS events to /dev/shm/bench-recording.
make_recording() {
	awk -v events="$1" 'BEGIN {
		for (i = 0; i < events; i++)
			printf "{\"time\":%d,\"event\":\"%s\",\"host\":\"bench\",\"source\":\"tracepoints\"," \
				"\"before\":0,\"after\":1,\"process\":{\"pid\":%d,\"tid\":%d,\"uid\":0," \
				"\"command\":\"postgres\",\"cmdline\":\"postgres: writer\"," \
				"\"cgroup\":\"/system.slice/postgresql.service\"},\"object\":{\"kind\":\"shm\"," \
				"\"id\":%d,\"key\":%d,\"mode\":384,\"bytes\":4096,\"nattch\":1,\"ctime\":1764469845}}\n",
				1764469845123456789 + i * 5000, i % 2 ? "detached" : "attached",
				4000 + i % 100, 4000 + i % 100, i % 1000, i % 1000
	}' >/dev/shm/bench-recording || die 1 'make_recording: failed'
}

measure_watch() {
	local events=100000 rounds=25000 program=$PWD/build/helpers/segment_rounds

	say "watch: $events recorded events, then $((rounds * 8)) that happen"
	make_recording "$events"
	# Without the event called, nothing is written.
	measure 7 all "$SHMTOOL" watch --replay /dev/shm/bench-recording --json -- \
		none "$SHMTOOL" watch --replay /dev/shm/bench-recording --json --event called
	rm /dev/shm/bench-recording
	median[written]=$((median[all] > median[none] ? median[all] - median[none] : 1))
	processor[written]=$((processor[all] > processor[none] ? processor[all] - processor[none] : 1))
	rate '`watch --json`: writing events' written "$events" 200000
	rate '`watch --json --replay`: reading them, too' all "$events"
	# For the timer, -- separates commands.
	measure 3 live "$bash" -c '"$1" watch -q --kind shm --json -- "$2" rounds 2 "$3"' bash "$SHMTOOL" "$program" "$rounds" -- \
		alone "$program" rounds 2 "$rounds"
	rate '`watch --json -- PROGRAM`: 2 processes that do nothing else' live $((rounds * 8))
	slower 'the same, as PROGRAM alone' live alone 'alone'
}
