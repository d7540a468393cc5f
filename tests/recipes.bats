#!/usr/bin/env bats
# The recipes of examples/recipes/: their files are well-formed, and the commands in them do what they
# say, in surroundings that stubs make.

load test_helper
load truth
load units

setup() {
	common_setup
	require_private_namespace
	recipes=$SRCDIR/examples/recipes
	mkdir bin workspace
	# On a test's PATH shmtool is what was installed.
	ln -s "$SHMTOOL" bin/shmtool
	PATH=$PWD/bin:$PATH
	WORKSPACE=$PWD/workspace
	export SHMTOOL WORKSPACE
	# A family of the tests: the leftovers of the programs here are garbage.
	mkdir rules
	printf '[test]\ndescription = leftovers\nmatch = pshm /left*\nmatch = pshm /used*\nfate = garbage\n' >rules/test.conf
	export SHMTOOL_FAMILIES=$PWD/rules
}

teardown() {
	remove_segments
	common_teardown
}

# to_json FILE: a YAML file as JSON; the test is skipped where nothing reads YAML.
to_json() {
	if python3 -c 'import yaml' 2>/dev/null; then
		python3 -c 'import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))' "$1"
	elif command -v yq >/dev/null; then
		yq -o=json . "$1" 2>/dev/null || yq . "$1"
	else
		return 1
	fi
}

# yaml FILE FILTER: runs jq on a recipe.
yaml() {
	jq -r "$2" <"$BATS_TEST_TMPDIR/$1.json"
}

require_yaml() {
	to_json "$recipes/$1" >"$1.json" || skip 'needs python3 with yaml, or yq'
}

# stub NAME: a program on the PATH, from standard input.
stub() {
	cat >"bin/$1"
	chmod 755 "bin/$1"
}

# stub_ci BODY: what a CI job calls, each noted in the file calls. make installs shmtool into PREFIX;
# `make test` is BODY.
stub_ci() {
	stub apt-get <<-'END'
		#!/bin/sh
		echo "apt-get $*" >>"$BATS_TEST_TMPDIR/calls"
	END
	stub sysctl <<-'END'
		#!/bin/sh
		echo "sysctl $*" >>"$BATS_TEST_TMPDIR/calls"
	END
	stub sudo <<-'END'
		#!/bin/sh
		exec "$@"
	END
	stub make <<-END
		#!/bin/sh
		echo "make \$*" >>"\$BATS_TEST_TMPDIR/calls"
		case "\$*" in
		test)
			$1
			;;
		'-C shmtool install PREFIX='*)
			prefix=\${4#PREFIX=}
			mkdir -p "\$prefix/bin" && cp "\$SHMTOOL" "\$prefix/bin/shmtool"
			;;
		'-C shmtool' | '-C shmtool install') ;;
		*)
			echo "make: not expected: \$*" >&2
			exit 2
			;;
		esac
	END
}

# Leftovers that a test program may leave, for stub_ci.
leak='"$SHMTOOL" create --size 4K >/dev/null; "$SHMTOOL" create --posix left --size 4K >/dev/null'

require_guard() {
	"$SHMTOOL" guard -- true 2>/dev/null || skip 'needs namespaces'
}

# packages FILE: those that apt-get is to install in it, one a line.
packages() {
	sed -n 's/.*apt-get install //p' "$1" | tr ' ' '\n' | grep -v '^-' | sort
}

# at_once: the command on standard input, without the grace time for new objects: a test
# can't make an object old.
at_once() {
	sed 's/--older-than [0-9]*[smhd]/--older-than 0s/'
}

# hold_object NAME: makes a POSIX object that a process maps until the test ends.
hold_object() {
	"$HELPERS/make_object" "/$1" 4096
	"$HELPERS/hold_files" -m "/dev/shm/$1" >"holder.$1" 3>&- &
	wait_until 10 test -s "holder.$1" || fail "hold_files did not map /$1"
}

# others_objects: a POSIX object /left and a segment that only their owner may read, which is another
# user; both unused. Sets id to the segment's.
others_objects() {
	as_user "$HELPERS/make_object" /left 4096 600
	id=$(as_user ipcmk --shmem 4096 --mode 0600)
	id=${id##* }
}

# The lines of the jobs, one after the other, as the runner has them.

github_script() {
	yaml github-actions.yml '.jobs.test.steps[] | .run // empty'
}

gitlab_script() {
	yaml gitlab-ci.yml '.test.before_script[], .test.script[]'
}

# jenkins_script BLOCK: the sh steps of the stages or of the post section.
jenkins_script() {
	awk -v want="$1" '/^    [a-z]+ \{/ { block = $1 } block == want' "$recipes/Jenkinsfile" |
		sed -n "s/^ *sh '\(.*\)'\$/\1/p"
}

#
# CI
#

@test "github-actions.yml: each step runs something or uses an action" {
	require_yaml github-actions.yml
	assert_equal "$(yaml github-actions.yml '.jobs.test.steps | length > 0')" true
	assert_equal "$(yaml github-actions.yml '[.jobs.test.steps[] | has("run") != has("uses")] | all')" true
	assert_equal "$(yaml github-actions.yml '.jobs.test.steps[-1] | .if, .with.path')" $'always()\nleaks.xml'
}

@test "github-actions.yml: a job whose tests clean up succeeds" {
	require_yaml github-actions.yml
	require_guard
	stub_ci true
	github_script >script
	run_apart bash -e script
	echo "$stderr"
	assert_success
	assert_equal "$(grep -c '<failure' leaks.xml)" 0
	assert_equal "$(tail -n 1 calls)" 'make test'
	assert_unchanged
}

@test "github-actions.yml: a leak fails the job, is in leaks.xml, and is gone" {
	require_yaml github-actions.yml
	require_guard
	stub_ci "$leak"
	github_script >script
	run_apart bash -e script
	assert_failure 3
	assert_stderr_like '2 objects left behind'
	assert_equal "$(grep -c '<failure' leaks.xml)" 1
	assert_unchanged
}

@test "gitlab-ci.yml: a job whose tests clean up succeeds, one with a leak fails" {
	require_yaml gitlab-ci.yml
	require_guard
	gitlab_script >script
	stub_ci true
	run_apart bash -eo pipefail script
	echo "$stderr"
	assert_success
	stub_ci "$leak"
	run_apart bash -eo pipefail script
	assert_failure 3
	assert_equal "$(yaml gitlab-ci.yml .test.artifacts.when)" always
	assert_equal "$(grep -c '<failure' "$(yaml gitlab-ci.yml .test.artifacts.reports.junit)")" 1
	assert_unchanged
}

@test "gitlab-ci.yml: with --shared, as its comment says, a job needs no namespaces" {
	require_yaml gitlab-ci.yml
	gitlab_script | sed 's/ guard / guard --shared /' >script
	stub_ci true
	run_apart bash -eo pipefail script
	echo "$stderr"
	assert_success
	assert_equal "$(grep -c '<failure' leaks.xml)" 0
	assert_unchanged
}

@test "Jenkinsfile: its braces are closed, and it has the steps that the tests run" {
	assert_equal "$(sed 's,^ *//.*,,' "$recipes/Jenkinsfile" | tr -cd '{' | wc -c)" \
		"$(sed 's,^ *//.*,,' "$recipes/Jenkinsfile" | tr -cd '}' | wc -c)"
	assert_equal "$(jenkins_script stages | wc -l)" 2
	assert_equal "$(jenkins_script post | wc -l)" 1
	assert_equal "$(grep -cE '^ *sh ' "$recipes/Jenkinsfile")" 3
}

@test "Jenkinsfile: a leak is in leaks.xml, and the step goes on" {
	require_guard
	stub_ci "$leak"
	rm bin/shmtool # it is not installed but in the workspace
	cd workspace
	jenkins_script stages >../script
	run_apart sh -e ../script
	echo "$stderr"
	assert_success
	assert_equal "$(grep -c '<failure' leaks.xml)" 1
	assert_unchanged
}

@test "Jenkinsfile: tests that fail fail the step" {
	require_guard
	stub_ci 'exit 7'
	cd workspace
	jenkins_script stages >../script
	run_apart sh -e ../script
	assert_failure 7
}

@test "Jenkinsfile: finally removes unused objects, but not new ones" {
	stub_ci true
	jenkins_script post >last
	cd workspace
	jenkins_script stages | head -n 1 | sh -e
	"$HELPERS/make_object" /left 4096
	hold_object used
	run_apart sh -e ../last
	assert_success
	assert_equal "$(object_names)" $'left\nused'
	run_apart sh -e -c "$(at_once <../last)"
	assert_success
	assert_equal "$(object_names)" used
}

@test "the packages that CI recipes install are those of the build" {
	expected=$(sed -n 's/^\t*build  [^ ]* *\([^ ]*\).*/\1/p' "$SRCDIR/scripts/deps" | tr ',' '\n' | sort)
	[ "$expected" ]
	for recipe in github-actions.yml gitlab-ci.yml Jenkinsfile; do
		assert_equal "$recipe: $(packages "$recipes/$recipe")" "$recipe: $expected"
	done
}

#
# On a machine
#

# cron_command: the command that cron passes to the shell.
cron_command() {
	sed -nE 's/^([^ #=]+ ){5}root //p' "$recipes/shmtool.cron"
}

@test "shmtool.cron: one line that cron understands" {
	assert_equal "$(cron_command | wc -l)" 1
	# cron makes a newline of a percent sign, and ignores a last line without one.
	refute_regex "$(cron_command)" %
	assert_equal "$(tail -c 1 "$recipes/shmtool.cron" | od -An -tx1)" ' 0a'
	assert_equal "$(grep -vcE '^(#|$|PATH=|\*/10 \* \* \* \* root )' "$recipes/shmtool.cron")" 0
}

@test "shmtool.cron: silently removes unused objects, but not new ones" {
	"$HELPERS/make_object" /left 4096
	hold_object used
	run_apart sh -c "$(cron_command)"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(object_names)" $'left\nused'
	run_apart sh -c "$(cron_command | at_once)"
	assert_success
	assert_output ''
	assert_stderr_empty
	assert_equal "$(object_names)" used
}

@test "shmtool.cron: a mail lists the objects that could not be removed" {
	require_root
	id=$(make_segment 4096 600)
	run_apart as_user env PATH="$PATH" sh -c "$(cron_command | at_once)"
	assert_line --regexp "^id:$id .*failed: "
	assert_segment_exists "$id"
}

# epilog ENVIRONMENT...: the end of a job of the unprivileged user, with the output of squeue in the file jobs.
epilog() {
	stub squeue <<-'END'
		#!/bin/sh
		echo "squeue $*" >>"$BATS_TEST_TMPDIR/calls"
		exec cat "$BATS_TEST_TMPDIR/jobs"
	END
	stub logger <<-'END'
		#!/bin/sh
		echo "logger $*" >>"$BATS_TEST_TMPDIR/calls"
	END
	run_apart env "SLURM_JOB_USER=$(id -nu 65534)" SLURM_JOB_ID=17 SLURMD_NODENAME=n1 "$@" \
		sh "$recipes/slurm-epilog.sh"
}

@test "slurm-epilog.sh: removes the leftovers of the last job's user, and no others" {
	require_root
	others_objects
	"$HELPERS/make_object" /left-of-root 4096
	echo 17 >./jobs
	epilog
	assert_success
	assert_output ''
	assert_equal "$(object_names)" left-of-root
	refute_segment_exists "$id"
	assert_equal "$(cat calls)" "squeue --noheader --format=%A --user=$(id -nu 65534) --node=n1"
}

@test "slurm-epilog.sh: does nothing while the user has another job, and if squeue fails" {
	require_root
	others_objects
	printf '17\n18\n' >./jobs
	epilog
	assert_success
	assert_equal "$(object_names)" left
	rm jobs
	epilog
	assert_success
	assert_equal "$(object_names)" left
	echo 17 >./jobs
	epilog SLURM_JOB_USER=root
	assert_equal "$(object_names)" left
	epilog SLURM_JOB_USER=
	assert_equal "$(object_names)" left
	assert_segment_exists "$id"
}

@test "slurm-epilog.sh: a failure is logged, and does not drain the node" {
	require_root
	others_objects
	echo 17 >./jobs
	printf '[bad]\n' >rules/bad.conf
	epilog
	assert_success
	assert_equal "$(object_names)" left
	grep -q '^logger -t shmtool -p daemon.warning shmtool: rm: .*bad.conf' calls
}

@test "shmtool-rm.service, shmtool-rm.timer: systemd has nothing to say" {
	verify_units "$recipes"/shmtool-rm.*
}

@test "shmtool-rm.service, shmtool-watch.service: systemd rates their exposure as low" {
	low_exposure "$recipes/shmtool-rm.service"
	low_exposure "$recipes/shmtool-watch.service"
}

@test "shmtool-rm.service: removes leftovers of other users with only its own capabilities" {
	local command
	service=$recipes/shmtool-rm.service
	only_unit_rights "$service"
	others_objects
	hold_object used
	assert_regex "$(unit_value "$service" ExecStart)" '^/usr/local/bin/shmtool '
	read -ra command < <(unit_value "$service" ExecStart)
	run_apart "${with_rights[@]}" "$SHMTOOL" "${command[@]:1}"
	assert_success
	assert_equal "$(object_names)" $'left\nused'
	assert_segment_exists "$id"
	read -ra command < <(unit_value "$service" ExecStart | at_once)
	run_apart "${with_rights[@]}" "$SHMTOOL" "${command[@]:1}"
	assert_success
	assert_line --regexp '^/used .*kept: mapped by '
	assert_equal "$(object_names)" used
	refute_segment_exists "$id"
}

@test "shmtool-watch.service: systemd has nothing to say" {
	verify_units "$recipes/shmtool-watch.service"
}

@test "shmtool-watch.service: records who removes what, with only its own capabilities" {
	local command
	require_source fanotify pshm
	service=$recipes/shmtool-watch.service
	only_unit_rights "$service"
	read -ra command < <(unit_value "$service" ExecStart | sed 's,/var/log/shmtool,.,')
	background "${with_rights[@]}" "$SHMTOOL" "${command[@]:1}"
	wait_until 20 grep -q 'watching by .*fanotify' background.err
	touch "/dev/shm/$PREFIX_NAME"
	# A process that exits at once may have no command.
	perl -e 'unlink "/dev/shm/$ENV{PREFIX_NAME}"; select undef, undef, undef, 0.5'
	wait_until 20 grep -q "$PREFIX_NAME" removed.jsonl
	kill "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || true
	assert_equal "$(shmtool watch --replay removed.jsonl --name "$PREFIX_NAME" --raw --no-headings -o event,command)" 'removed perl'
}

#
# A Kubernetes node
#

@test "kubernetes-daemonset.yaml: the pod has the node's IPC namespace and its /dev/shm" {
	require_yaml kubernetes-daemonset.yaml
	pod=.spec.template.spec
	assert_equal "$(yaml kubernetes-daemonset.yaml "$pod.hostIPC")" true
	assert_equal "$(yaml kubernetes-daemonset.yaml "$pod.hostPID")" true
	assert_equal "$(yaml kubernetes-daemonset.yaml "$pod.volumes[0] | .name, .hostPath.path")" $'shm\n/dev/shm'
	assert_equal "$(yaml kubernetes-daemonset.yaml "$pod.containers[0].volumeMounts[0] | .name, .mountPath")" \
		$'shm\n/dev/shm'
	assert_equal "$(yaml kubernetes-daemonset.yaml '.spec.selector.matchLabels == .spec.template.metadata.labels')" true
}

@test "kubernetes-daemonset.yaml: used objects are kept, abandoned ones removed" {
	require_yaml kubernetes-daemonset.yaml
	container='.spec.template.spec.containers[0]'
	mapfile -t arguments < <(yaml kubernetes-daemonset.yaml "$container.args[]")
	# shellcheck disable=SC2046 # one word a capability
	only_rights $(yaml kubernetes-daemonset.yaml "$container.securityContext.capabilities.add[]")
	others_objects
	hold_object used
	used=$(make_segment 4096)
	hold "$used"
	background timeout 60 "${with_rights[@]}" "$SHMTOOL" "${arguments[@]/#1h/0s}"
	wait_until 50 grep -q ' removed ' background.err
	kill -TERM "$BACKGROUND_PID"
	wait "$BACKGROUND_PID" || [ $? -eq 124 ]
	output=$(cat background.out)
	echo "$output"
	cat background.err
	assert_regex "$output" '/used .*kept: (lease refused|mapped by)'
	assert_equal "$(object_names)" used
	assert_segment_exists "$used"
	refute_segment_exists "$id"
}

#
# All of them
#

@test "examples/README.md and README.md name every recipe, and no other" {
	present=$(cd "$recipes" && printf '%s\n' * | LC_ALL=C sort)
	assert_equal "$(grep -oE '\(recipes/[^)]+' "$SRCDIR/examples/README.md" | sed 's,.*/,,' | LC_ALL=C sort -u)" \
		"$present"
	assert_equal "$(grep -oE '\(examples/recipes/[^)]+' "$SRCDIR/README.md" | sed 's,.*/,,' | LC_ALL=C sort -u)" \
		"$present"
}
