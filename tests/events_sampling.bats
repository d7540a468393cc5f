# Events of System V objects by comparing lists, which any user may do. What the lists say is compared
# with /proc/sysvipc.
#
# shellcheck shell=bash disable=SC2154 # set by bats

load test_helper
load truth
load events

setup() {
	common_setup
	require_private_namespace
	start_watch as_user "$SHMTOOL" watch --kind shm,sem,msg --interval 0.05 --raw --no-headings \
		-o event,ref,pid,before,after
	assert_watched_by sampling
}

# seen REGEX...: waits for a line that matches each.
seen() {
	local line
	for line; do
		wait_until 10 grep -qE "^$line$" background.out
	done
}

@test "sampling: created and removed objects of each kind" {
	segment=$(make_segment 4096)
	seen "created id:$segment $(proc_shm "$segment" cpid) - -"
	set=$(ipcmk -S 3) queue=$(ipcmk -Q)
	seen "created sem:${set##* } - - -" "created msg:${queue##* } - - -"
	ipcrm -m "$segment" -s "${set##* }" -q "${queue##* }"
	seen "removed id:$segment .*" "removed sem:${set##* } .*" "removed msg:${queue##* } .*"
}

@test "sampling: attaches and detaches, with the process that the kernel recorded" {
	segment=$(make_segment 4096 666)
	seen "created id:$segment .*"
	"$HELPERS/hold_segment" "$segment" >held 3>&- &
	first=$!
	seen "attached id:$segment $first 0 1"
	"$HELPERS/hold_segment" "$segment" >held 3>&- &
	second=$!
	seen "attached id:$segment $second 1 2"
	assert_equal "$(proc_shm "$segment" nattch)" 2
	kill -KILL "$first"
	wait "$first" || true
	seen "detached id:$segment $first 2 1"
	kill -KILL "$second"
	wait "$second" || true
	seen "detached id:$segment $second 1 0"
}

@test "sampling: a segment that is attached at once is created and attached" {
	"$HELPERS/leak" held:4096 &
	seen 'created id:[0-9]+ .*'
	segment=$(segment_ids)
	grep -q "^created id:$segment " background.out
}

@test "sampling: marked, locked and unlocked segments" {
	require_root
	segment=$(make_segment 4096)
	seen "created id:$segment .*"
	"$HELPERS/segment_control" "$segment" lock
	seen "locked id:$segment - - -"
	"$HELPERS/segment_control" "$segment" unlock
	seen "unlocked id:$segment - - -"
	"$HELPERS/hold_segment" "$segment" >held 3>&- &
	seen "attached id:$segment .*"
	ipcrm -m "$segment"
	seen "marked id:$segment - - -"
	kill -KILL %%
	seen "removed id:$segment .*"
}

@test "sampling: changed modes, and the resized capacity of a queue" {
	segment=$(make_segment 4096 600) queue=$(ipcmk -Q)
	queue=${queue##* }
	seen "created id:$segment .*" "created msg:$queue .*"
	"$HELPERS/segment_control" "$segment" mode 640
	seen "changed id:$segment - - -"
	"$HELPERS/queue_control" qbytes "$queue" 4096
	seen "resized msg:$queue - 16384 4096"
	assert_equal "$(proc_shm "$segment" perms)" 640
}

@test "sampling: less than 2 % of a processor with 4000 segments, every 0.1 seconds" {
	require_plain_build
	end_background
	"$HELPERS/make_segments" 4000 4096 >made
	start_watch as_user "$SHMTOOL" watch --kind shm,sem,msg
	used() {
		awk '{ print $14 + $15 }' "/proc/$BACKGROUND_PID/stat"
	}
	before=$(used)
	read -r since _ </proc/uptime
	sleep 3
	after=$(used)
	read -r now _ </proc/uptime
	run awk -v ticks="$((after - before))" -v hertz="$(getconf CLK_TCK)" -v seconds="$(echo "$since $now" | awk '{ print $2 - $1 }')" \
		'BEGIN { printf "%.2f %%\n", 100 * ticks / hertz / seconds; exit ticks / hertz / seconds >= 0.02 }'
	assert_success
}
