#!/usr/bin/env bats
# ipcrm --all, and POSIX objects by name, beside util-linux's. What its releases before 2.41 do not
# do is written here in full.

load test_helper
load truth
load classic

some_objects() {
	"$HELPERS/make_ipc" {shm,msg,sem},{0x10,0},600
}

# posix_objects: one of each kind, with a system's /dev/mqueue.
posix_objects() {
	private_dev mqueue
	"$HELPERS/make_ipc" {shm,msg,sem},0x10,600
	"$HELPERS/make_object" /object 100
	"$HELPERS/sem_make" /semaphore 1
	: >/dev/mqueue/queue
}

# more_posix_objects: several, of names that are long, and not ASCII; some are the unprivileged user's.
more_posix_objects() {
	local long
	long=$(printf '%0255d' 0)

	private_dev mqueue
	"$HELPERS/make_ipc" {shm,msg,sem},0x10,600
	for name in a sema ü "$long" 'with blanks' -v; do
		"$HELPERS/make_object" "/$name" 1 644
		"$HELPERS/sem_make" "/${name:0:200}" 1 644
		: >"/dev/mqueue/$name"
	done
	for name in his-a his-b; do
		as_user "$HELPERS/make_object" "/$name" 1 600
		as_user "$HELPERS/sem_make" "/$name" 1 600
		as_user touch "/dev/mqueue/$name"
	done
}

# without_mqueue: the same System V objects, where no file system for POSIX queues is mounted.
without_mqueue() {
	private_dev
	"$HELPERS/make_ipc" {shm,msg,sem},0x10,600
	"$HELPERS/make_object" /object 100
}

# with_empty_mqueue: nothing but System V objects.
with_empty_mqueue() {
	private_dev mqueue
	"$HELPERS/make_ipc" {shm,msg,sem},{0x10,0},600
}

# compare_each root|user MAKE LINE...: ipcrm with the words of each line.
compare_each() {
	compare_effects "$1" "$2" ipcrm "${@:3}"
}

# posix_lines: an option and a name a line, with the names that each of the three is tried with.
posix_lines() {
	local option name

	for option in posix-shmem:object posix-semaphore:semaphore posix-mqueue:queue; do
		name=${option#*:} option=--${option%:*}
		printf '%s\n' "$option /$name" "$option //$name" "$option=/$name" "$option /nothere" "$option /a/b" \
			"$option /." "$option /.." "$option /" "$option /$name -v" "-v $option /$name" \
			"$option /$name $option /$name" "$option" "$option /$(printf '%0200d' 0)" \
			"$option /sem.$name" "$option /$name foo" "$option /nothere -m 0" "-m 0 $option /nothere" \
			"$option /ü"
		printf '%s\n' "$option $name" "$option=$name" "$option nothere" "$option a/b" "$option ." "$option .." \
			"$option=" "$option $(printf '%0200d' 0)" "$option sem.$name" "$option ü"
	done
}

@test "ipcrm --all: of one kind of System V" {
	require_peer ipcrm
	compare_each root some_objects -ashm -amsg -asem --all=shm --all=msg --all=sem --al=shm '-ashm -amsg' \
		'-asem -amsg -ashm' '-v -ashm' '-ashm -v' '-vasem' '-v --all=msg --all=shm' '-m 0 -ashm' \
		'-ashm -q 0' '-afoo' '-ashmx' '--all=foo' '--all=' '--all=SHM' '-ashm -afoo' '-afoo -ashm' '-avshm' \
		'-v -ashm -ashm'
	assert_same 24
}

@test "ipcrm --all: everything, where there is nothing but System V objects" {
	require_peer ipcrm
	require_root
	compare_each root with_empty_mqueue -a --all --al '-a -a' '-v -a' '-a -v' '-va' '-v --all' '-m 0 -a' '-a -ashm' \
		'-a -z' '-a -m 0'
	compare_each user with_empty_mqueue -a '-v -a'
	assert_same 14
}

@test "ipcrm --all: removes POSIX objects as well" {
	require_root
	expect posix_objects 0 '' ipcrm -a </dev/null
	expect posix_objects 0 '' ipcrm --all </dev/null
	expect posix_objects 0 '' ipcrm -v -a <<-'END'
		1 removing shared memory segment id `0'
		1 removing POSIX shared memory `object'
		1 removing POSIX shared memory `object'
		1 removing semaphore id `0'
		1 removing POSIX semaphore `semaphore'
		1 removing POSIX semaphore `semaphore'
		1 removing message queue id `0'
		1 removing POSIX message queue `/queue'
		1 removing POSIX message queue `/queue'
	END
	assert_same 0
}

@test "ipcrm --all: POSIX objects of one kind" {
	require_root
	for option in -apshm -a=pshm --all=pshm; do
		expect posix_objects 0 'shm:0 msg:0 sem:0 /dev/mqueue/queue /dev/shm/sem.semaphore' ipcrm "$option" \
			</dev/null
	done
	for option in -apsem -a=psem --all=psem; do
		expect posix_objects 0 'shm:0 msg:0 sem:0 /dev/mqueue/queue /dev/shm/object' ipcrm "$option" \
			</dev/null
	done
	for option in -apmsg -a=pmsg --all=pmsg; do
		expect posix_objects 0 'shm:0 msg:0 sem:0 /dev/shm/object /dev/shm/sem.semaphore' ipcrm "$option" \
			</dev/null
	done
	expect posix_objects 0 'msg:0 sem:0 /dev/mqueue/queue /dev/shm/object /dev/shm/sem.semaphore' \
		ipcrm -v -a=shm <<-'END'
			1 removing shared memory segment id `0'
		END
	assert_same 0
}

@test "ipcrm --all: where no file system for POSIX message queues is mounted" {
	local hint="/dev/mqueue does not seem to be mounted. Use 'mount -t mqueue none /dev/mqueue' to mount it."

	require_root
	expect without_mqueue 0 '' ipcrm -a <<<"2 ipcrm: $hint"
	expect without_mqueue 0 'shm:0 msg:0 sem:0 /dev/shm/object' ipcrm -a=pmsg <<<"2 ipcrm: $hint"
	expect without_mqueue 0 'msg:0 sem:0 /dev/shm/object' ipcrm -a=shm </dev/null
	expect without_mqueue 1 'shm:0 msg:0 sem:0 /dev/shm/object' ipcrm --posix-mqueue /queue \
		<<<"2 ipcrm: name \`/queue' not found"
	assert_same 0
}

@test "ipcrm --posix-shmem, --posix-semaphore, --posix-mqueue: by name" {
	local shm=/dev/shm/object sem=/dev/shm/sem.semaphore queue=/dev/mqueue/queue

	require_root
	expect posix_objects 0 "shm:0 msg:0 sem:0 $queue $sem" ipcrm --posix-shmem object </dev/null
	expect posix_objects 0 "shm:0 msg:0 sem:0 $queue $sem" ipcrm --posix-shm /object </dev/null
	expect posix_objects 0 "shm:0 msg:0 sem:0 $queue $shm" ipcrm --posix-semaphore=semaphore </dev/null
	expect posix_objects 0 "shm:0 msg:0 sem:0 $queue $shm" ipcrm --posix-sem /semaphore </dev/null
	expect posix_objects 0 "shm:0 msg:0 sem:0 $shm $sem" ipcrm --posix-mqueue /queue </dev/null
	expect posix_objects 0 'msg:0 sem:0' ipcrm -m 0 --posix-shmem object --posix-mqueue /queue \
		--posix-semaphore semaphore </dev/null
	expect posix_objects 1 "shm:0 msg:0 sem:0 $queue $shm $sem" ipcrm --posix-shmem nothere \
		--posix-semaphore /nothere --posix-mqueue /nothere <<-'END'
			2 ipcrm: name `nothere' not found
			2 ipcrm: name `/nothere' not found
			2 ipcrm: name `/nothere' not found
		END
	assert_same 0
}

@test "ipcrm: without anything to do it is a usage error" {
	expect some_objects 1 'shm:0 shm:1 msg:0 msg:1 sem:0 sem:1' ipcrm <<-'END'
		2 ipcrm: bad usage
		2 Try 'ipcrm --help' for more information.
	END
	expect some_objects 1 'shm:0 shm:1 msg:0 msg:1 sem:0 sem:1' ipcrm --posix object <<-'END'
		2 ipcrm: option '--posix' is ambiguous; possibilities: '--posix-shmem' '--posix-mqueue' '--posix-semaphore'
		2 Try 'ipcrm --help' for more information.
	END
	assert_same 0
}

@test "ipcrm: POSIX objects by names of every kind, as 2.41 and newer do it" {
	require_peer ipcrm 2.41
	require_root
	mapfile -t lines < <(posix_lines)
	compare_each root posix_objects "${lines[@]}" '--posix-s 1' '--posix-m /queue' '--posix 1' '--pos 1' \
		'--posix-sh object' '--posix-se semaphore'
	for option in --posix-shmem --posix-semaphore --posix-mqueue; do
		compare_effect posix_objects ipcrm "$option" '/ object'
		compare_effect posix_objects ipcrm "$option" '/with blanks'
	done
	assert_same 80
}

@test "ipcrm: many POSIX objects at once, as 2.41 and newer do it" {
	require_peer ipcrm 2.41
	require_root
	for who in root user; do
		compare_each "$who" more_posix_objects -a '-v -a' -apshm '-v -apshm' -apsem '-v -apsem' -apmsg \
			'-v -apmsg' '-v -apsem -apmsg -apshm' -ashm '--posix-shmem his-a' '--posix-shmem a' \
			'--posix-mqueue /his-a' '--posix-mqueue /a' '--posix-semaphore his-a' '--posix-semaphore a' \
			'--posix-shmem -v' '--posix-semaphore sema' '--posix-semaphore ü' \
			'--posix-shmem his-a --posix-shmem a --posix-shmem his-b'
	done
	assert_same 40
}

@test "ipcrm: names of POSIX objects that are too long" {
	require_root
	# The error for such a name is the C library's.
	for option in --posix-shmem --posix-semaphore --posix-mqueue; do
		for length in 251 252 255 256 4096; do
			name=/$(printf '%0*d' "$length" 0)
			fresh posix_objects "$ours" ours root ipcrm "$option" "$name"
			assert_equal "$(<ours.status)" 1
			assert_equal "$(<ours.out)" ''
			assert_regex "$(<ours.err)" "^ipcrm: name \`$name' (not found|too long)\$"
		done
	done
}

@test "ipcrm: unprivileged, another user's POSIX objects" {
	require_root
	# Objects that the user may not remove stay; the words are compared where util-linux's are new enough.
	for words in '--posix-shmem object' '--posix-semaphore semaphore' '--posix-mqueue /queue' -apshm -apsem \
		-apmsg -a; do
		read -ra words <<<"$words"
		fresh posix_objects "$ours" ours user ipcrm "${words[@]}"
		assert_equal "$(left ours)" 'shm:0 msg:0 sem:0 /dev/mqueue/queue /dev/shm/object /dev/shm/sem.semaphore'
		if peer_since ipcrm 2.41; then
			compare_effect_as user posix_objects ipcrm "${words[@]}"
		else
			[[ ${words[*]} == -a* ]] || assert_equal "$(<ours.status)" 1
		fi
	done
	assert_same 0
}

@test "ipcrm --all >/dev/full, with POSIX objects, as 2.41 and newer do it" {
	require_peer ipcrm 2.41
	require_root
	for words in '-v -a' -a '--posix-shmem nothere' ''; do
		read -ra words <<<"$words"
		stdout_is=full compare_effect posix_objects ipcrm "${words[@]}"
		stdout_is=closed compare_effect posix_objects ipcrm "${words[@]}"
		stderr_is=full compare_effect posix_objects ipcrm "${words[@]}"
		stderr_is=closed compare_effect posix_objects ipcrm "${words[@]}"
	done
	assert_same 16
}

@test "ipcrm --all: an object named just sem. is shared memory" {
	require_root
	# No semaphore can have that name. Util-linux's passes over it.
	just_sem() {
		private_dev mqueue
		"$HELPERS/make_object" /sem. 10
	}
	fresh just_sem "$ours" ours root ipcrm -apsem
	assert_equal "$(left ours)" /dev/shm/sem.
	fresh just_sem "$ours" ours root ipcrm -apshm
	assert_equal "$(left ours)" ''
	assert_equal "$(<ours.status)" 0
}

@test "ipcrm --all: files in a /dev/mqueue that is an ordinary directory are no queues" {
	require_root
	only_files() {
		private_dev
		mkdir /dev/mqueue
		: >/dev/mqueue/file
	}
	expect only_files 0 /dev/mqueue/file ipcrm -a </dev/null
	expect only_files 0 /dev/mqueue/file ipcrm -v -apmsg </dev/null
	assert_same 0
}
