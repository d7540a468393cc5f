#!/usr/bin/env bats
# ipcmk beside util-linux's: output, status and new objects. What its releases before
# 2.41 do not do, POSIX objects, is written here in full.
# Takes 45 seconds.

load test_helper
load truth
load classic

# compare_each LINE...: ipcmk with the words of each line, where there is nothing yet.
compare_each() {
	compare_effects root nothing ipcmk "$@"
}

# low_limits: where 3 segments of 8 pages in all are possible, 2 queues, and 2 sets of 3 semaphores.
low_limits() {
	echo 3 >/proc/sys/kernel/shmmni
	echo 8 >/proc/sys/kernel/shmall
	echo 20000 >/proc/sys/kernel/shmmax
	echo 2 >/proc/sys/kernel/msgmni
	echo 3 6 3 2 >/proc/sys/kernel/sem
	"$HELPERS/make_ipc" {shm,msg,sem},0x10,600
}

mqueue() {
	private_dev mqueue
}

# there_already: objects of the names that are to be made.
there_already() {
	private_dev mqueue
	"$HELPERS/sem_make" /name 7 600
	: >/dev/mqueue/name
}

@test "ipcmk: a segment, a queue, a set" {
	require_peer ipcmk
	compare_each '-M 1' '-M 4096' '--shmem 4096' '--shmem=5' '--shm 5' '-M5' '-Q' '--queue' '--qu' '-S 1' '-S 250' \
		'--semaphore 3' '--semaphore=3' '--sem 3' '-S3' '-Q -S 2 -M 5' '-M 5 -Q' '-QS2' '-QM5' '-M 5 -M 6' \
		'-S 1 -S 2' '-Q -Q' '-S 010' '-S +3' '-S 32000' '-M 5 foo bar' '-Q foo' '-- -Q' '-Q -- -M' 'foo -Q'
	assert_same 30
}

@test "ipcmk: modes" {
	require_peer ipcmk
	for mode in 0 1 7 77 777 0777 600 0600 00600 644 1777 4777 7777 2000 1000 -0 +600; do
		compare_each "-Q -p $mode" "-p $mode -Q" "-S 1 -p $mode" "-M 1 --mode $mode"
	done
	compare_each '-p' '-p 600' '--mode=600' '-Q -p' '-Q --mode' '-Q --mo 640' '-Q -p 600 -p 640' '-p 600 -Q -p 640'
	compare_effect nothing ipcmk -Q -p ' 600'
	assert_same 76
}

@test "ipcmk: invalid modes, or above 7777, are refused in the newest release's words" {
	refuse() {
		fresh nothing "$ours" ours root ipcmk -M 1 -p "$1"
		assert_equal "$(<ours.status) $(left ours) $(<ours.out)" '1  '
		assert_equal "$(<ours.err)" "ipcmk: failed to parse mode: '$1'$2"
	}
	for mode in 10000 77777 177777 37777777777 7777777777777777777777777 -1 -600 -1x; do
		refuse "$mode" ': Numerical result out of range'
	done
	for mode in 9 8 08 0x1ff 9999 a u=rw rwx x 600x x600 '600 ' 10000x 6.00 - ''; do
		refuse "$mode" ''
	done
}

@test "ipcmk: the mode is not subject to the umask" {
	require_peer ipcmk
	for mask in 0 077 0277; do
		(
			umask "$mask"
			# The files of the test are to be read.
			mkdir -m 777 "in.$mask" && cd "in.$mask"
			compare_each -Q '-Q -p 666' '-M 1 -p 777' '-S 1'
			assert_same 4
		)
	done
}

@test "ipcmk: sizes of segments, with and without suffixes" {
	require_64_bit
	require_peer ipcmk
	for size in 0 00 1 01 010 0x10 0X10 0xfff 0x 1K 1k 1KB 1kB 1kb 1KiB 1kib 1KIB 1Ki 1M 1MB 1MiB 1m 1G 1GB 1GiB \
		1K1 1KK 1KiBx 1B 1b 4096B 1iB 1.5K 1.5k 1.5KB 1.5KiB 0.5K .5K 5. 5.K 1.0 1.5 1.05K 1.005K 1.999K 1.9999K \
		1.0009765625K 1.00000000000001K 0.0001M 1..5K 1.5.5K 1,5K 1.5x 1.K 1.-5K 1e3 1e3K +5 +1K -1 -1K -0 - + . \
		K M KB KiB x 5x 5_000 5,000 1T 1TB 1TiB 1P 1E 8E 15E 16E 17E 1EB 10EB 100EB 1Z 1ZiB 1Y 1YB 100Z 0Z 0Y \
		4294967295 4294967296 2147483648 1048576 9223372036854775807 9223372036854775808 \
		18446744073709551615 18446744073709551616 99999999999999999999999 0xffffffffffffffff \
		0x10000000000000000 0x1K 0x1.8K 0x10KiB 010K 08 1KiB. 1Kib 1mib 1q 1R 1Q 0.5 0.9 0K .1 1.5E; do
		compare_each "-M $size"
	done
	compare_effect nothing ipcmk -M ''
	compare_effect nothing ipcmk -M ' 5'
	compare_effect nothing ipcmk -M '5 '
	compare_effect nothing ipcmk -M '5 K'
	compare_effect nothing ipcmk -M $'\t5K'
	compare_effect nothing ipcmk -M ü
	compare_effect nothing ipcmk -M $'5\n'
	assert_same 114
}

@test "ipcmk: sizes with a decimal point in another locale" {
	local locale

	require_peer ipcmk
	for locale in $(locale -a | grep -xE 'C|C\.utf8|(de_DE|fr_FR)\.utf8'); do
		LANGUAGE=C LC_ALL=$locale compare_each '-M 1.5K' '-M 1,5K' '-M 1.5' '-M ,5K'
	done
	assert_same 4
}

@test "ipcmk: numbers of semaphores" {
	require_peer ipcmk
	for number in 0 1 2 00 01 08 0x5 1K 2x x 1.5 1e1 -1 -0 +1 32000 32001 65536 2147483647 2147483648 4294967295 \
		4294967296 4294967297 99999999999999999999 -2147483649; do
		compare_each "-S $number"
	done
	compare_effect nothing ipcmk -S ''
	compare_effect nothing ipcmk -S ' 5'
	compare_effect nothing ipcmk -S '5 '
	assert_same 28
}

@test "ipcmk: nothing to make, unknown options, missing arguments" {
	require_peer ipcmk
	compare_each '' foo -- '-- -M 5' -z --foo --foo=1 '-Q -z' '-z -Q' '-Q --foo' -M -S '-Q -M' '-Q -S' --shmem \
		--semaphore '--shmem=' '--semaphore=' --queue=1 '-M x -Q' '-Q -M x' '-Q -S x' '-S x -Q' '-M 0 -Q' \
		'-Q -M 0' '-S 0 -Q' '-Q -S 0' '-M 5 -S 0' '-M 0 -S 5 -Q' --h=1 --v=1 --x -x -1 -Qz
	compare_effect nothing ipcmk ''
	compare_effect nothing ipcmk -Q ''
	for variable in '' 1; do
		POSIXLY_CORRECT=$variable compare_effect nothing ipcmk foo -Q
		POSIXLY_CORRECT=$variable compare_effect nothing ipcmk -Q foo -M 5
	done
	assert_same 40
}

@test "ipcmk: more than the limits allow" {
	require_peer ipcmk
	require_root
	for who in root user; do
		compare_effects "$who" low_limits ipcmk '-M 20000' '-M 20001' '-M 20K' '-M 16384 -M 20000' '-M 32K' -Q \
			'-Q -S 2' '-S 3' '-S 4' '-S 6' '-S 2 -Q -M 5'
	done
	no_more() {
		echo 1 >/proc/sys/kernel/shmmni
		echo 1 >/proc/sys/kernel/msgmni
		echo 1 1 1 1 >/proc/sys/kernel/sem
		"$HELPERS/make_ipc" {shm,msg,sem},0x10,600
	}
	compare_effects root no_more ipcmk -Q '-S 1' '-M 1' '-M 1 -Q -S 1' '-S 1 -Q'
	assert_same 27
}

@test "ipcmk: unprivileged" {
	require_peer ipcmk
	require_root
	compare_effects user nothing ipcmk '-M 4K' -Q '-S 3' '-M 4K -Q -S 3 -p 600' '-Q -p 0' '-M 1E' '-M 0' '-S 0' \
		'' -z
	assert_same 10
}

@test "ipcmk >/dev/full, >&-, 2>/dev/full, 2>&-" {
	require_peer ipcmk
	for words in -Q '-M 5' '-M 5 -Q -S 1' '-M 0' '' -z '-Q -S 0'; do
		read -ra words <<<"$words"
		stdout_is=full compare_effect nothing ipcmk "${words[@]}"
		stdout_is=closed compare_effect nothing ipcmk "${words[@]}"
		stderr_is=full compare_effect nothing ipcmk "${words[@]}"
		stderr_is=closed compare_effect nothing ipcmk "${words[@]}"
	done
	assert_same 28
}

@test "ipcmk: every object has a key of its own" {
	for kind in '-M 5' -Q '-S 1'; do
		for _ in {1..20}; do
			read -ra words <<<"$kind"
			"$ours/ipcmk" "${words[@]}"
		done
	done
	for kind in shm msg sem; do
		assert_equal "$(awk 'NR > 1 && $1 != 0 { print $1 }' "/proc/sysvipc/$kind" | sort -u | wc -l)" 20
	done
}

@test "ipcmk: POSIX shared memory" {
	expect nothing 0 /dev/shm/name ipcmk -m 4K -n name <<<'1 POSIX shared memory name: name'
	expect nothing 0 /dev/shm/name ipcmk --posix-shmem 5 --name /name <<<'1 POSIX shared memory name: /name'
	expect nothing 0 /dev/shm/name ipcmk --posix-sh=0 --na=name <<<'1 POSIX shared memory name: name'
	expect nothing 1 '' ipcmk -m 4K <<-'END'
		2 ipcmk: name is required for POSIX IPC
		2 Try 'ipcmk --help' for more information.
	END
	expect nothing 1 '' ipcmk -n name <<-'END'
		2 ipcmk: bad usage
		2 Try 'ipcmk --help' for more information.
	END
	expect nothing 1 '' ipcmk -m x -n name <<<"2 ipcmk: failed to parse size: 'x': Invalid argument"
	expect nothing 1 '' ipcmk -m 1 -n a/b <<<'2 ipcmk: create POSIX shared memory failed: Invalid argument'
	assert_same 0
}

@test "ipcmk: POSIX shared memory has the size and the mode that were asked for" {
	for mode in 600:600 640:640 777:755; do
		fresh nothing "$ours" ours root ipcmk -m 1.5K -n name -p "${mode%:*}"
		assert_equal "$(<ours.status)" 0
		assert_equal "$(<ours.state)" "/dev/shm/name f ${mode#*:} 0:0 1536"
	done
	fresh nothing "$ours" ours root ipcmk -m 1.5K -n name
	assert_equal "$(<ours.state)" '/dev/shm/name f 644 0:0 1536'
}

@test "ipcmk: POSIX semaphores and message queues" {
	require_root
	expect mqueue 0 /dev/shm/sem.name ipcmk -s -n name <<<'1 POSIX semaphore name: name'
	expect mqueue 0 /dev/shm/sem.name ipcmk --posix-semaphore -n /name <<<'1 POSIX semaphore name: /name'
	expect mqueue 0 /dev/mqueue/name ipcmk -q -n /name <<<'1 POSIX message queue name: /name'
	expect mqueue 0 /dev/mqueue/name ipcmk --posix-mq --name=/name -p 600 <<<'1 POSIX message queue name: /name'
	expect mqueue 0 '/dev/mqueue/name /dev/shm/name /dev/shm/sem.name' ipcmk -q -s -m 1 -n /name <<-'END'
		1 POSIX shared memory name: /name
		1 POSIX message queue name: /name
		1 POSIX semaphore name: /name
	END
	expect mqueue 0 'shm:0 msg:0 sem:0 /dev/mqueue/name /dev/shm/name /dev/shm/sem.name' \
		ipcmk -n /name -s -S 1 -q -Q -m 1 -M 1 <<-'END'
			1 Shared memory id: 0
			1 POSIX shared memory name: /name
			1 Message queue id: 0
			1 POSIX message queue name: /name
			1 Semaphore id: 0
			1 POSIX semaphore name: /name
		END
	for option in -s -q; do
		expect mqueue 1 '' ipcmk "$option" <<-'END'
			2 ipcmk: name is required for POSIX IPC
			2 Try 'ipcmk --help' for more information.
		END
	done
	assert_same 0
}

@test "ipcmk: an ambiguous option has the newest release's possibilities" {
	expect nothing 1 '' ipcmk --posix <<-'END'
		2 ipcmk: option '--posix' is ambiguous; possibilities: '--posix-shmem' '--posix-semaphore' '--posix-mqueue'
		2 Try 'ipcmk --help' for more information.
	END
	assert_same 0
}

@test "ipcmk: POSIX objects of every name, size and mode, as 2.41 and newer make them" {
	require_peer ipcmk 2.41
	require_root
	for name in /name //name /a/b /. /.. / /sem.name "/$(printf '%0200d' 0)" /ü; do
		for what in '-m 1' -s -q '-m 1 -s -q'; do
			read -ra words <<<"$what"
			compare_effect mqueue ipcmk "${words[@]}" -n "$name"
		done
	done
	for name in name a/b . .. '' sem.name 'with blanks'; do
		for what in '-m 1' -s; do
			read -ra words <<<"$what"
			compare_effect mqueue ipcmk "${words[@]}" -n "$name"
		done
	done
	# A size that no file can have leaves an empty object with util-linux's: classic_differences.bats.
	for size in 0 1 4096 1K 1.5K 1M 1G 1Z x '' -1; do
		compare_effect mqueue ipcmk -m "$size" -n /name
		compare_effect_as user mqueue ipcmk -m "$size" -n /name
	done
	for mode in 0 1 600 666 777 1777 7777; do
		compare_effect mqueue ipcmk -p "$mode" -m 1 -s -q -n /name
		compare_effect_as user mqueue ipcmk -p "$mode" -m 1 -s -q -n /name
	done
	compare_effects root mqueue ipcmk '-m 1 -n /a -n /b' '-n /a -m 1 -m 2' '-q -q -n /a' '-s -s -n /a' \
		'-m 1 -s' '-M 1 -s' '-Q -q' '-m' '-n' '-n /a -m' '-s -n' '-sn /a' '-qsn/a' '-n /a' '-n /a foo' \
		'-m 1 -n /a foo' '--posix-m 1' \
		'--posix-s 1' '--posix-semaphore=1 -n /a' '--posix-mqueue=1 -n /a' '--name' '--name=' '--n /a -q' \
		'-z -m 1 -n /a' '-m 1 -n /a -z' '--s 1' '--p 600' '--po' '--q' '--m 600' '-Q --queue'
	assert_same 114
}

@test "ipcmk: POSIX semaphores and queues that are there already, as 2.41 and newer treat them" {
	require_peer ipcmk 2.41
	require_root
	for who in root user; do
		compare_effects "$who" there_already ipcmk '-s -n /name' '-q -n /name' '-s -q -n /name' \
			'-s -n name -p 666'
	done
	assert_same 8
}

@test "ipcmk: without a file system for POSIX message queues, like 2.41 and newer" {
	require_peer ipcmk 2.41
	require_root
	compare_effects root private_dev ipcmk '-q -n /name' '-q -s -n /name' '-m 1 -q -n /name'
	assert_same 3
}

@test "ipcmk: names of POSIX objects that are too long" {
	for what in '-m 1' -s -q; do
		for length in 252 256 5000; do
			# 252 bytes are too many only after "sem.".
			[[ $what == -s ]] || ((length > 255)) || continue
			read -ra words <<<"$what"
			fresh nothing "$ours" ours root ipcmk "${words[@]}" -n "/$(printf '%0*d' "$length" 0)"
			assert_equal "$(<ours.status)" 1
			assert_equal "$(<ours.out)" ''
			assert_regex "$(<ours.err)" '^ipcmk: create POSIX [a-z ]* failed: (File name too long|Invalid argument)$'
			assert_equal "$(left ours)" ''
		done
	done
}

@test "ipcmk: it is chosen by the last part of the name that the program is called by" {
	run --separate-stderr bash -c 'exec -a /somewhere/ipcmk "$0" -z' "$SHMTOOL"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" "/somewhere/ipcmk: invalid option -- 'z'
Try 'ipcmk --help' for more information."

	run --separate-stderr bash -c 'exec -a /somewhere/ipcmk "$0" -M x' "$SHMTOOL"
	assert_failure 1
	assert_output ''
	assert_equal "$stderr" "ipcmk: failed to parse size: 'x': Invalid argument"
}
