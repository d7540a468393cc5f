#!/usr/bin/env bats
# watch --replay: recorded events with the options of watch. Nothing in a recording is trusted.

load test_helper

setup() {
	common_setup
	export TZ=UTC
	cat >good <<'END'
{"time":1764469845123456789,"event":"created","host":"alpha","source":"tracepoints","call":"shmget","arguments":[1234,4096,512,0,0,0],"result":5,"process":{"pid":4242,"tid":4243,"uid":0,"command":"python3","cmdline":"python3 cache.py","cgroup":"/system.slice/cron.service"},"object":{"kind":"shm","id":5,"key":1234,"mode":384,"bytes":4096,"ctime":1764469845}}
{"time":1764469845223456789,"event":"attached","before":0,"after":1,"source":"tracepoints","call":"shmat","arguments":[5,0,0,0,0,0],"result":140737353834496,"process":{"pid":4244,"uid":65534,"command":"cat"},"object":{"kind":"shm","id":5,"key":1234,"mode":384,"bytes":4096,"nattch":1,"ctime":1764469845}}
{"time":1764469845323456789,"event":"called","source":"tracepoints","call":"shmget","arguments":[1234,1024,0,0,0,0],"result":-2,"process":{"pid":4244,"uid":65534,"command":"cat"}}
{"time":1764469845423456789,"event":"created","source":"fanotify","process":{"pid":77,"uid":65534,"command":"touch"},"object":{"kind":"pshm","name":"/a\\012b","uid":65534,"gid":65534,"mode":420,"inode":7,"ctime":1764469845}}
{"time":1764469845523456789,"event":"renamed","source":"fanotify","oldname":"/a\\012b","process":{"pid":78,"uid":65534,"command":"mv"},"object":{"kind":"pshm","name":"/new","uid":65534,"gid":65534,"mode":420,"inode":7,"ctime":1764469845}}
{"time":1764469846123456789,"event":"removed","source":"tracepoints","call":"shmctl","arguments":[5,0,0,0,0,0],"result":0,"process":{"pid":1,"uid":0,"command":"systemd","cgroup":"/init.scope"},"object":{"kind":"shm","id":5,"key":1234,"mode":384,"bytes":4096,"ctime":1764469845}}
END
}

# replay ARGUMENT...: the events of the file good; sets status, output, lines, stderr.
replay() {
	run_stderr_split shmtool watch --replay good "$@"
}

# events ARGUMENT...: the replayed events, as "EVENT REF" in one line.
events() {
	shmtool watch -q --replay good --raw --no-headings -o event,ref "$@" | paste -sd' '
}

@test "watch --replay prints a line for each event, under the names of the columns" {
	replay
	assert_success
	assert_equal "$stderr" ''
	assert_equal "${#lines[@]}" 6
	assert_regex "${lines[0]}" '^time +event +ref +pid +command +user +unit +bytes +nattch$'
	assert_regex "${lines[1]}" '^2025-11-30T02:30:45\.123456\+0000 created +id:5 +4242 python3 +root +cron\.service +4096 +0$'
	assert_regex "${lines[5]}" '^2025-11-30T02:30:46\.123456\+0000 removed +id:5 +1 systemd +root +init\.scope +4096 +0$'
}

@test "watch --replay: the time is local" {
	TZ=Asia/Kolkata replay -o time --no-headings
	assert_line --index 0 2025-11-30T08:00:45.123456+0530
}

@test "watch --replay --json: an object on each line, with numbers as numbers and unknown values as null" {
	replay --json
	assert_success
	assert_line --index 1 '{"time":"2025-11-30T02:30:45.223456+0000","event":"attached","kind":"shm","ref":"id:5","pid":4244,"command":"cat","uid":65534,"user":"'"$(id -nu 65534)"'","unit":null,"bytes":4096,"nattch":1,"before":0,"after":1}'
	assert_equal "${#lines[@]}" 5
}

@test "watch --replay: times in each format" {
	replay --json -o time --time-format unix
	assert_line --index 0 '{"time":1764469845.123456}'
	replay --no-headings -o time --time-format short
	assert_line --index 0 '02:30:45.123456'
	replay --no-headings -o time --time-format relative
	assert_regex "${lines[0]}" '^[0-9].* ago$'
}

@test "watch --replay: raw lines and shell assignments" {
	replay --raw -o event,ref,pid
	assert_line --index 0 'event ref pid'
	assert_line --index 1 'created id:5 4242'
	replay --export -o event,ref,oldname,uid
	assert_line --index 3 'EVENT="renamed" REF="/new" OLDNAME="/a\\012b" UID_="65534"'
}

@test "watch --replay --calls: calls with arguments and results, also failed ones" {
	replay --calls -o event,syscall,result,call --no-headings
	assert_success
	assert_line --index 2 --regexp '^called +shmget +-2 shmget key=0x4d2 size=1024 flags=0+ .* ENOENT$'
	assert_regex "$(events --calls)" 'called - '
	refute_regex "$(events)" 'called'
	assert_equal "$(events --event called)" 'called -'
	assert_regex "$(events --until called)" 'called -$'
}

@test "watch --replay: every column has its value" {
	replay --json -o time,event,kind,ref,pid,tid,command,cmdline,user,uid,unit,cgroup,bytes,nattch,links,before,after,key,name,oldname,owner,mode,family,syscall,result,lost,source,host
	assert_success
	assert_line --index 0 '{"time":"2025-11-30T02:30:45.123456+0000","event":"created","kind":"shm","ref":"id:5","pid":4242,"tid":4243,"command":"python3","cmdline":"python3 cache.py","user":"root","uid":0,"unit":"cron.service","cgroup":"/system.slice/cron.service","bytes":4096,"nattch":0,"links":null,"before":null,"after":null,"key":"0x000004d2","name":null,"oldname":null,"owner":"root","mode":"rw-------","family":null,"syscall":"shmget","result":5,"lost":null,"source":"tracepoints","host":"alpha"}'
}

@test "watch -o help lists the columns of lines, and with --summary those of counts" {
	run_stderr_split shmtool watch -o help
	assert_success
	assert_line --regexp '^nattch +attaches after the event'
	assert_equal "$(grep -c '^host ' <<<"$output")" 1
	run_stderr_split shmtool watch --summary -o help
	assert_line --regexp '^errors +system calls that failed'
}

@test "watch --replay: REFs and filters select the events of objects, also of removed ones" {
	assert_equal "$(events)" "created id:5 attached id:5 created /a\012b renamed /new removed id:5"
	assert_equal "$(events id:5)" 'created id:5 attached id:5 removed id:5'
	assert_equal "$(events key:1234)" 'created id:5 attached id:5 removed id:5'
	assert_equal "$(events '/a\012b')" 'created /a\012b renamed /new'
	assert_equal "$(events /new)" 'renamed /new'
	assert_equal "$(events --kind pshm)" 'created /a\012b renamed /new'
	assert_equal "$(events --key 1234)" 'created id:5 attached id:5 removed id:5'
	assert_equal "$(events --name 'n*')" 'renamed /new'
	assert_equal "$(events --name 'a*')" 'created /a\012b renamed /new'
	assert_equal "$(events --owner 65534)" 'created /a\012b renamed /new'
	assert_equal "$(events --owner '!65534')" 'created id:5 attached id:5 removed id:5'
	assert_equal "$(events --min-size 4K)" 'created id:5 attached id:5 removed id:5'
	assert_equal "$(events --kind msg)" ''
}

@test "watch --replay: ages are those at the time of the event" {
	assert_equal "$(events --older-than 1s)" 'removed id:5'
}

@test "watch --replay --used-by: the objects of a process, from its first event on" {
	assert_equal "$(events --used-by 4244)" 'attached id:5 removed id:5'
	assert_equal "$(events --used-by 4242)" 'created id:5 attached id:5 removed id:5'
}

@test "watch --replay --event chooses events, or all but some" {
	assert_equal "$(events --event created,removed)" 'created id:5 created /a\012b removed id:5'
	assert_equal "$(events --event '!created')" 'attached id:5 renamed /new removed id:5'
}

@test "watch --replay --until ends at the event, and fails if it never comes" {
	assert_equal "$(events --until created:2)" 'created id:5 attached id:5 created /a\012b'
	replay --until removed
	assert_success
	replay -q --until removed,renamed:3
	assert_failure 1
	assert_equal "$stderr" 'shmtool: watch: good: ends before the event of --until'
	assert_equal "${#lines[@]}" 6
}

@test "watch --replay --summary counts by object, command and call, the most first" {
	replay --summary --calls
	assert_success
	assert_line --regexp '^id:5 +3 +1 +1 +0 +0 +0 +0 +1$'
	assert_line --regexp '^cat +'"$(id -nu 65534)"' +2 +0 +1 '
	assert_line --regexp '^shmget +2 +1$'
	assert_line --regexp '^shmctl +1 +0$'
	refute_output --partial 2025-11-30
	assert_equal "$(grep -n '^id:5\|^/' <<<"$output" | cut -d: -f3 | head -1 | cut -c1)" 5
}

@test "watch --replay --summary: no event, no rows" {
	: >nothing
	run_stderr_split shmtool watch --replay nothing --summary --json
	assert_success
	assert_output '[]'
}

@test "watch --replay --summary --json: one array, whose rows name their criterion" {
	require_command jq
	replay --summary --json
	assert_equal "$(jq -c 'map(select(.by == "command" and .command == "systemd")) | .[0] | [.events, .removed, .user]' <<<"$output")" '[1,1,"root"]'
	assert_equal "$(jq -r '[.[] | select(.by == "object") | .ref] | join(" ")' <<<"$output")" 'id:5 /a\012b /new'
}

@test "watch --replay --record copies the selected events, which replay the same" {
	replay --record copy --kind shm --calls --json -o +host,source,call,oldname
	assert_success
	before=$output
	run_stderr_split shmtool watch --replay copy --calls --json -o +host,source,call,oldname
	assert_success
	assert_equal "$output" "$before"
	assert_equal "$(grep -c . copy)" 4
}

@test "watch --replay reads a pipe as the events come" {
	mkfifo pipe
	background shmtool watch --replay pipe --raw --no-headings -o event
	exec 7<>pipe
	head -1 good >&7
	wait_until 10 grep -q '^created$' background.out
	exec 7>&-
	wait "$BACKGROUND_PID"
}

@test "watch --replay - is standard input" {
	run_stderr_split shmtool watch --replay - --raw --no-headings -o event <good
	assert_success
	assert_line --index 0 created
}

@test "watch --replay refuses the file that it records to, a directory and a missing file" {
	replay --record good
	assert_failure 1
	assert_equal "$stderr" 'shmtool: watch: good: is also the file of --record'
	run_stderr_split shmtool watch --replay .
	assert_failure 1
	assert_regex "$stderr" "^shmtool: watch: \.: can't be read: Is a directory$"
	run_stderr_split shmtool watch --replay missing
	assert_failure 1
	assert_regex "$stderr" "^shmtool: watch: missing: can't be read: No such file"
	assert_output ''
	run_stderr_split shmtool watch --replay missing --summary
	assert_failure 1
	assert_output ''
}

@test "watch --replay reports each damaged line with its number, and replays the others" {
	{
		sed -n 1p good
		echo 'garbage'
		sed -n 2p good | cut -c1-100
		echo
		sed -n 6p good
	} >damaged
	run_stderr_split shmtool watch --replay damaged --raw --no-headings -o event
	assert_failure 1
	assert_equal "$output" $'created\nremoved'
	assert_equal "$stderr" "shmtool: watch: damaged: line 2: is not an object of JSON
shmtool: watch: damaged: line 3: is not an object of JSON"
}

@test "watch --replay reports at most ten damaged lines one by one" {
	yes garbage | head -1000 >damaged
	run_stderr_split shmtool watch --replay damaged
	assert_failure 1
	assert_equal "${#stderr_lines[@]}" 11
	assert_equal "${stderr_lines[10]}" 'shmtool: watch: damaged: 1000 lines are damaged'
}

@test "watch --replay: hostile lines are refused with a sentence" {
	local name line
	name=$(printf 'x%.0s' {1..300})
	{
		echo '{}'
		echo '[]'
		echo '"text"'
		echo '{"time":1,"event":"exploded"}'
		echo '{"time":"now","event":"created"}'
		echo '{"time":-1,"event":"created"}'
		echo '{"event":"created"}'
		echo '{"time":1,"event":"created","object":{"kind":"pshm","name":"/../etc/passwd"}}'
		echo '{"time":1,"event":"created","object":{"kind":"pshm","name":"/'"$name"'"}}'
		echo '{"time":1,"event":"created","object":{"kind":"pshm"}}'
		echo '{"time":1,"event":"created","object":{"kind":"pshm","name":"/a\u0000b"}}'
		echo '{"time":1,"event":"created","object":{"kind":"dir","name":"/a"}}'
		echo '{"time":1,"event":"created","object":{"kind":"shm","id":-1}}'
		echo '{"time":1,"event":"created","object":{"kind":"shm","id":4294967296}}'
		echo '{"time":1,"event":"created","object":{"kind":"shm","id":1,"uid":-1}}'
		echo '{"time":1,"event":"created","object":{"kind":"shm","id":1,"bytes":"many"}}'
		echo '{"time":1,"event":"created","object":{"kind":"shm","id":1,"marked":3}}'
		echo '{"time":1,"event":"created","object":7}'
		echo '{"time":1,"event":"created","process":{"command":"'"$name"'"}}'
		echo '{"time":1,"event":"created","process":{"cgroup":"/'"$name"'"}}'
		echo '{"time":1,"event":"created","process":{"cgroup":"relative"}}'
		echo '{"time":1,"event":"created","process":{"pid":99999999999}}'
		echo '{"time":1,"event":"renamed","oldname":"x"}'
		echo '{"time":1,"event":"called","call":"shmget","arguments":7}'
		echo '{"time":1,"event":"called","call":"shmget","arguments":[1,2,3,4,5,6,7]}'
		echo '{"time":1,"event":"called","call":"shmget","arguments":["x"]}'
		printf '{"a":%.0s' {1..5000}
		echo
		head -c 300000 /dev/zero | tr '\0' ' '
		echo
		printf '{"time":1,"event":"created"}\0\n'
		printf '{"time":1,"event":"created","process":{"command":"\377"}}trailing\n'
	} >hostile
	while IFS= read -r line; do
		printf '%s\n' "$line" >one
		run_stderr_split shmtool watch --replay one
		assert_failure 1
		assert_regex "$stderr" '^shmtool: watch: one: line 1: '
	done < <(tr '\0' '\1' <hostile)
	run_stderr_split shmtool watch --replay hostile
	assert_failure 1
	assert_regex "$stderr" '30 lines are damaged'
}

@test "watch --replay: names and commands reach the terminal only with their control characters escaped" {
	printf '%s\n' '{"time":1,"event":"created","process":{"pid":1,"command":"\u001b[31mred","cgroup":"/\u001b]0;x\u0007"},"object":{"kind":"pshm","name":"/\u001b[2J\u202ex"}}' >escapes
	run_stderr_split shmtool watch --replay escapes -o +unit,cgroup,call
	assert_success
	refute_output --regexp $'[\x1b\x07]'
	run_stderr_split shmtool watch --replay escapes --summary
	refute_output --regexp $'[\x1b\x07]'
}

@test "watch --replay: no mutation of a recording crashes it" {
	perl -e '
		srand(14);
		my @lines = <STDIN>;
		for (1 .. 4000) {
			my $line = $lines[rand @lines];
			chomp $line;
			for (0 .. rand 4) {
				my $at = int rand length $line;
				my $how = rand;
				if ($how < .3) { substr($line, $at, 1) = chr(33 + rand 200) }
				elsif ($how < .5) { substr($line, $at, 1 + rand 8) = "" }
				elsif ($how < .7) { substr($line, $at, 0) = substr($line, rand length $line, rand 20) }
				elsif ($how < .9) { $line =~ s/(\d+)/int(rand 2) ? "-$1" : $1 x (1 + rand 30)/e }
				else { $line =~ s/"(\w+)"/"\\u0000$1"/ }
			}
			$line =~ tr/\n//d;
			print "$line\n";
		}' <good >mutated
	local how
	for how in --json --calls --summary --export '--name a* --kind all' '--used-by 4244'; do
		# shellcheck disable=SC2086 # two words
		run_stderr_split shmtool watch --replay mutated -o +family $how
		[ "$status" -le 2 ] || fail "$how: status $status, $stderr"
		refute_regex "$stderr" 'Sanitizer|runtime error'
	done
	run_stderr_split shmtool watch --replay mutated --record again --calls
	[ "$status" -le 1 ]
	# A recording of accepted lines is accepted.
	run_stderr_split shmtool watch --replay again --calls --json
	refute_regex "$stderr" 'line [0-9]'
}

@test "watch --replay: lost events are a line and a sentence, and the status is 1" {
	{
		cat good
		echo '{"time":1764469847000000000,"event":"lost","lost":7}'
		echo '{"time":1764469848000000000,"event":"lost","lost":1}'
	} >lossy
	run_stderr_split shmtool watch --replay lossy --raw --no-headings -o event,lost --event removed --kind msg
	assert_failure 1
	assert_equal "$output" $'lost 7\nlost 1'
	assert_equal "$stderr" 'shmtool: watch: at least 8 events were lost'
	run_stderr_split shmtool watch --replay lossy --until removed
	assert_success
}

@test "watch --record: the file is its owner's, is appended to, and ends a broken line" {
	umask 0
	replay --record record --event removed
	assert_equal "$(stat -c %a record)" 600
	assert_equal "$(grep -c . record)" 1
	printf '{"time":12' >>record
	replay --record record --event created
	assert_equal "$(grep -c . record)" 4
	run_stderr_split shmtool watch --replay record --raw --no-headings -o event
	assert_failure 1
	assert_equal "$output" $'removed\ncreated\ncreated'
	assert_equal "$stderr" 'shmtool: watch: record: line 2: is not an object of JSON'
}

@test "watch --record: a full disk is an error, and the file ends with a whole line" {
	replay --record /dev/full
	assert_failure 1
	assert_equal "$stderr" "shmtool: watch: /dev/full: can't be written: No space left on device"
	require_root
	mkdir small
	unshare --mount bash -c '
		mount -t tmpfs -o size=8k none small
		for i in 1 2 3 4 5 6 7 8 9; do cat good good good; done >many
		"$SHMTOOL" watch --replay many --record small/record >/dev/null 2>err
		echo $? >status
		tail -c1 small/record | od -An -c >end
		"$SHMTOOL" watch --replay small/record --json >out 2>err2'
	assert_equal "$(cat status)" 1
	assert_regex "$(cat err)" "^shmtool: watch: small/record: can't be written: No space left on device$"
	assert_equal "$(tr -d ' ' <end)" '\n'
	assert_equal "$(cat err2)" ''
}

@test "watch: options that contradict each other are usage errors" {
	local line
	while IFS='|' read -r line sentence; do
		# shellcheck disable=SC2086 # words
		run_stderr_split shmtool watch $line
		assert_failure 2
		assert_equal "${stderr_lines[0]}" "shmtool: watch: $sentence"
	done <<'END'
--replay good --for 1s|--for can't be combined with --replay
--replay good --interval 1|--interval can't be combined with --replay
--replay good -- true|--replay can't be combined with a program
--for 1s -- true|--for can't be combined with a program: watch ends with it
--until removed -- true|--until can't be combined with a program: watch ends with it
--table -- true|--table can't be combined with a program
--table --json|--table can't be combined with --json, --raw or --export
--table --summary|--summary can't be combined with --table
--unused|--unused, --orphaned and --abandoned are facts of a moment: they select no events
--abandoned|--unused, --orphaned and --abandoned are facts of a moment: they select no events
--sort pid|--sort needs --summary or --table: events are printed as they happen
id:1 --mine|REFs can't be combined with filters
--event created --until removed|--until: --event does not select this event
--event create|--event create: unknown event 'create', did you mean created?
--event lost|--event lost: unknown event 'lost' (must be created, attached, detached, opened, closed, resized, changed, renamed, locked, unlocked, marked, removed or called)
--until removed:0|--until removed:0: '0' is not a number of events (an example: removed:3)
--until removed:x|--until removed:x: 'x' is not a number of events (an example: removed:3)
--interval 0|--interval 0: must be a number of seconds from 0.001 to 3600, such as 0.5 or 2s
--interval nan|--interval nan: must be a number of seconds from 0.001 to 3600, such as 0.5 or 2s
--replay good -o nonsense|unknown column 'nonsense' ('--output help' lists the columns)
END
}

@test "watch: completion of events and columns" {
	assert_equal "$(shmtool __complete watch --until rem)" $'removed\n:list'
	assert_equal "$(shmtool __complete watch --event created,att)" $'created,attached\n:list'
	assert_regex "$(shmtool __complete watch -o time,sour)" '^time,source'
	assert_regex "$(shmtool __complete watch --re)" '--replay'
}
