#!/usr/bin/env bats
# guard: the origin of each leak, in the table, --report and --junit.

load test_helper
load truth
load guard

setup() {
	common_setup
	require_private_namespace
	require_namespaces
}

# The REFs with an origin, and the lines about it: "REF|made by: ...".
origins() {
	awk '/^------/ { on = $2 == "Origins"; next } /^shmtool/ { on = 0 } !on { next }
		/^[^ ]/ { count = split($0, refs, ", "); next }
		/^    made by: / { for (i = 1; i <= count; i++) print refs[i] "|" substr($0, 5) }' <<<"$stderr"
}

@test "guard: each kind of object has its origin, as root and as user" {
	require_mqueue
	for who in $(both_users); do
		run_guard --report report -- "$HELPERS/make_at" shm sem msg pshm psem pmsg
		assert_failure 3
		assert_equal "$(origins | sed 's/(pid [0-9]*)/(pid N)/; s/^.*|//' | sort | uniq -c | xargs)" \
			"6 made by: $HELPERS/make_at shm sem msg pshm psem pmsg (pid N)"
		pid=$(from_report '.leaks[0].made_by.pid')
		assert_equal "$(from_report '.leaks[] | "\(.kind) \(.made_by.pid) \(.made_by.cmdline) \(.made_by.parents)"' | sort)" \
			"$(printf "%s $pid $HELPERS/make_at shm sem msg pshm psem pmsg []\n" msg pmsg psem pshm sem shm)"
		# As the kernel recorded it.
		assert_equal "$(from_report '.leaks[] | select(.kind == "shm") | .cpid')" "$pid"
		rm -f report
	done
}

@test "guard --shared: each kind of object has its origin, as root and as user" {
	require_mqueue
	for who in $(both_users); do
		run_guard --shared --report report -- "$HELPERS/make_at" shm sem msg pshm psem pmsg
		assert_failure 3
		assert_equal "$(origins | sed 's/(pid [0-9]*)/(pid N)/; s/^.*|//' | sort | uniq -c | xargs)" \
			"6 made by: $HELPERS/make_at shm sem msg pshm psem pmsg (pid N)"
		assert_equal "$(from_report '[.leaks[].made_by.cmdline] | unique | length')" 1
		rm -f report
	done
}

@test "guard: the origin of a dead process is known, with its parents up to the program" {
	require_command make
	cp "$HELPERS/leak" .
	printf 'all:\n\t@sh -c "./leak shm:4096; :"; exit 0\n' >Makefile
	for who in $(both_users); do
		run_guard --report report -- make all
		assert_failure 3
		assert_stderr_like '^    made by: ./leak shm:4096 \(pid [0-9]+\), child of sh -c ./leak shm:4096; :, child of /bin/sh -c sh -c "./leak shm:4096; :"; exit 0, child of make all$'
		assert_equal "$(from_report '.leaks[0].made_by.parents | map(.cmdline) | last')" 'make all'
		assert_equal "$(from_report '.leaks[0].made_by.parents | length')" 3
		# It is not "-", although the process is dead.
		assert_stderr_like '^shm +id:0 .* leak +-$'
		assert_equal "$(from_report '.leaks[0].command')" leak
		rm -f report
	done
}

@test "guard: the parents are named as they were when the object was made" {
	printf '#!/bin/sh\n"$1" shm:1\nexec sleep 0\n' >first
	chmod +x first
	run_guard --report report -- ./first "$HELPERS/leak"
	assert_failure 3
	assert_equal "$(from_report '.leaks[0].made_by.parents[0].cmdline')" "/bin/sh ./first $HELPERS/leak"
}

@test "guard: the time is that of the call, in the table and in the report" {
	before=$(date +%s)
	run_guard --report report -- sh -c '"$1" shm:1; "$1" shm:2; :' sh "$HELPERS/leak"
	after=$(date +%s)
	for time in $(from_report '.leaks[].made_by.time'); do
		[ "${time%.*}" -ge "$before" ]
		[ "${time%.*}" -le "$after" ]
	done
	while read -r time; do
		[ "$(date -d "$time" +%s)" -ge "$before" ]
		[ "$(date -d "$time" +%s)" -le "$after" ]
	done < <(sed -n 's/^    made at: \(.*\), by shmget$/\1/p' <<<"$stderr")
	assert_equal "$(from_report '.leaks[] | .made_by.call' | sort -u)" shmget
	# Microseconds, in the order of the calls.
	assert_equal "$(from_report '[.leaks[] | select(.bytes == 1), select(.bytes == 2)] | map(.made_by.time) | . == sort')" true
}

@test "guard: objects of the same origin are listed together" {
	run_guard -- "$HELPERS/leak" msg msg msg
	assert_equal "$(grep -c 'made by: ' <<<"$stderr")" 1
	assert_stderr_like '^msg:0, msg:1, msg:2$'
	assert_equal "$(origins | wc -l)" 3
}

@test "guard: the table keeps one line for each object" {
	run_guard -- "$HELPERS/make_at" times:3 shm sem
	assert_equal "$(awk '/^------/ { on = /Left Behind/; next } /^shmtool/ { on = 0 } on { print NF }' <<<"$stderr" | sort -u)" 8
	assert_equal "$(awk '/^------/ { on = /Left Behind/; next } /^shmtool/ { on = 0 } on' <<<"$stderr" | wc -l)" 7
}

@test "guard: command lines of others are visible, and of any length" {
	hostile=$'\e[31mred\n------ Left Behind --------\nshm id:99\r\t\xff\xe2\x80\xae<&">'
	long=$(head -c 100000 /dev/zero | tr '\0' x)
	for who in $(both_users); do
		run_guard --report report --junit junit -- \
			sh -c '"$1" shm:4096; :' "$hostile" "$HELPERS/leak" "$hostile$long"
		assert_failure 3
		assert_equal "$(LC_ALL=C grep -c '[[:cntrl:]]' <<<"$stderr")" 0
		assert_equal "$(grep -c '^shm ' <<<"$stderr")" 1
		assert_stderr_like 'child of sh -c "\$1" shm:4096; : .033\[31mred'
		assert_equal "$(LC_ALL=C awk 'length > 400' <<<"$stderr")" ''
		assert_equal "$(LC_ALL=C tr -d '\n' <report | LC_ALL=C grep -c '[[:cntrl:]]')" 0
		assert_equal "$(from_report '.leaks | length')" 1
		assert_equal "$(from_report '.leaks[0].made_by.parents[0].cmdline | startswith("sh -c ")')" true
		[ "$(from_report '.leaks[0] | tostring | length')" -lt 10000 ]
		! command -v xmllint >/dev/null || xmllint --noout junit
		assert_equal "$(LC_ALL=C tr -d '\n' <junit | LC_ALL=C grep -c '[[:cntrl:]]')" 0
		rm -f report junit
	done
}

@test "guard: a program that names itself as something hostile" {
	run_guard --report report -- bash -c 'exec -a "$1" "$2" shm:4096' bash $'\e]0;x\a\n/a b/\e[1m' "$HELPERS/leak"
	assert_failure 3
	assert_equal "$(LC_ALL=C grep -c '[[:cntrl:]]' <<<"$stderr")" 0
	from_report '.leaks[0].made_by.cmdline'
	from_report '.leaks[0].command'
}

@test "guard --junit: the failure names the origin of each leak" {
	run_guard --junit junit -- sh -c '"$1" shm:4096 psem:/mine; :' sh "$HELPERS/leak"
	assert_failure 3
	! command -v xmllint >/dev/null || xmllint --noout junit
	assert_equal "$(grep -c "^    made by: $HELPERS/leak shm:4096 psem:/mine (pid [0-9]*), child of sh -c &quot;\$1&quot; .*" junit)" 2
	assert_equal "$(grep -c '^    made at: ....-..-..T..:..:..+...., by ' junit)" 2
}

@test "guard -q: no origins" {
	run_guard -q -- "$HELPERS/leak" shm:4096
	refute_stderr_like 'made by' Origins
}

@test "guard --shared: an object of another program has no origin" {
	run_guard --shared --report report -- sh -c 'touch ready; until [ -e go ]; do sleep 0.01; done; "$1" msg; :' sh "$HELPERS/leak" &
	wait_until 10 test -e ready
	"$HELPERS/make_at" sem
	touch go
	wait $!
	assert_equal "$(from_report '.leaks[] | "\(.kind) \(.made_by.call)"' | sort)" $'msg msgget\nsem null'
}

@test "guard: directories, links and FIFOs have an origin, files below directories have none" {
	for who in $(both_users); do
		run_guard --report report -- sh -c 'mkdir /dev/shm/d; ln -s x /dev/shm/l; mkfifo /dev/shm/p; : >/dev/shm/d/f'
		assert_failure 3
		assert_equal "$(from_report '.leaks[] | "\(.kind) \(.made_by.cmdline)"' | sort)" \
			$'dir mkdir /dev/shm/d\nfifo mkfifo /dev/shm/p\nlink ln -s x /dev/shm/l'
		assert_stderr_like '^    made by: mkdir /dev/shm/d \(pid [0-9]+\), child of sh -c mkdir /dev/shm/d; .*'
		rm -f report
	done
}

@test "guard: where another program listens already, origins are unknown, and the reason is given" {
	for who in $(both_users); do
		run_guard -- "$SHMTOOL" guard --report report -- "$HELPERS/leak" shm:4096
		assert_failure 3
		assert_stderr_like '^shmtool: guard: origins are unknown: .*another program listens'
		refute_stderr_like '^-.* Origins'
		assert_equal "$(from_report '.leaks[0].made_by')" null
		rm -f report
		run_guard -- "$SHMTOOL" guard -- true
		assert_success
		assert_stderr_empty
	done
}

@test "guard: on kernels without seccomp_unotify, origins are unknown, and leaks are found" {
	case $(uname -m) in
	x86_64) number=317 ;;
	aarch64) number=277 ;;
	*) skip 'needs the number of seccomp(2)' ;;
	esac
	run_apart "$HELPERS/without_syscall" "$number" 38 "$SHMTOOL" guard --report report -- "$HELPERS/leak" shm:4096
	assert_failure 3
	assert_stderr_like '^shmtool: guard: origins are unknown: ' '^shm  id:0 '
	assert_equal "$(from_report '.leaks[0].made_by')" null
	run_apart "$HELPERS/without_syscall" "$number" 38 "$SHMTOOL" guard -- true
	assert_success
	assert_stderr_empty
}
