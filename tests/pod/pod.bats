#!/usr/bin/env bats
# The recipe for Kubernetes in a pod that podman really runs (make pod-test), beside pods that leak and one
# that uses its objects: all share the IPC namespace and the /dev/shm of the node, here those of the test.
#
# IMAGE is the directory with the Containerfile and the static program.

load ../test_helper
load ../truth

setup() {
	common_setup
	require_root
	require_private_namespace
	missing=$("$SRCDIR/scripts/deps" --packages apt image)
	[[ ! $missing ]] || skip "needs $missing"
	own_cgroups
	# The limits that podman sets for root may be above those of this machine.
	printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' >containers.conf
	export CONTAINERS_CONF=$PWD/containers.conf
	runroot=$(mktemp -d /tmp/pod.XXXXXX) # podman wants a short path
	podman=(podman --root "$PWD/storage" --runroot "$runroot" --storage-driver vfs
		--cgroup-manager cgroupfs --events-backend none)
	share_namespaces
	"${podman[@]}" build --quiet --isolation chroot --tag localhost/shmtool:test "$IMAGE" >/dev/null
}

teardown() {
	"${podman[@]}" pod rm --force --all >/dev/null 2>&1 || true
	umount --recursive /sys/fs/cgroup "$runroot" storage 2>/dev/null || true
	rm -rf --one-file-system "$runroot"
	common_teardown
}

# own_cgroups: where /sys/fs/cgroup is read-only and lacks a directory of a controller, a copy of it with
# the same hierarchies, in the mount namespace of this file.
own_cgroups() {
	local directory name
	[[ $(stat -f -c %T /sys/fs/cgroup) == tmpfs ]] || return 0
	mkdir cgroups
	mount -t tmpfs cgroups cgroups
	for directory in /sys/fs/cgroup/*; do
		name=${directory##*/}
		if [[ -L $directory ]]; then
			cp -P "$directory" cgroups
		elif [[ $name != unified ]]; then
			mkdir "cgroups/$name"
			! mountpoint -q "$directory" || mount --bind "$directory" "cgroups/$name"
		fi
	done
	mount --move cgroups /sys/fs/cgroup
}

# share_namespaces: podman 4.3 ignores hostIPC and hostPID. Instead, a runtime that removes the namespaces
# named in the file shared (see play) from a container's configuration, then starts the real one.
share_namespaces() {
	local runtime
	runtime=$("${podman[@]}" info --format '{{.Host.OCIRuntime.Path}}')
	mkdir runtime
	cat >"runtime/${runtime##*/}" <<-END
		#!/bin/bash
		for ((i = 1; i < \$#; i++)); do
			[[ \${!i} == --bundle ]] || continue
			next=\$((i + 1))
			config=\${!next}/config.json
			jq --rawfile shared '$PWD/shared' \
				'del(.linux.namespaces[] | select(.type | IN(\$shared | splits("\n"))))' "\$config" >"\$config.new"
			mv "\$config.new" "\$config"
		done
		exec '$runtime' "\$@"
	END
	chmod 755 runtime/*
	podman+=(--runtime "$PWD/runtime/${runtime##*/}")
}

# pod NAME ARGUMENT...: plays a pod of another program of the node, which runs as an unprivileged user: the
# program of the image with these arguments.
pod() {
	local name=$1
	shift
	cat >"$name.yaml" <<-END
		apiVersion: v1
		kind: Pod
		metadata:
		  name: $name
		spec:
		  hostIPC: true
		  hostPID: true
		  restartPolicy: Never
		  containers:
		    - name: main
		      image: localhost/shmtool:test
		      imagePullPolicy: Never
		      args: $(jq -nc '$ARGS.positional' --args -- "$@")
		      securityContext:
		        runAsUser: 65534
		      volumeMounts:
		        - name: shm
		          mountPath: /dev/shm
		  volumes:
		    - name: shm
		      hostPath:
		        path: /dev/shm
		        type: Directory
	END
	play "$name.yaml"
}

# play FILE: plays the pod of a file.
play() {
	sed -n 's/^ *hostIPC: true$/ipc/p; s/^ *hostPID: true$/pid/p' "$1" >shared
	"${podman[@]}" kube play --network none "$1" >"$1.out" 2>&1 || fail "$(cat "$1.out")"
}

# play_recipe [COMMAND]: plays the pod of the recipe with the image of the test, without the grace time for
# new objects, and with short pauses; COMMAND of sed(1) changes more. podman 4.3 knows no DaemonSet: the
# same template is played as a Deployment. Sets container to its name.
play_recipe() {
	sed -e 's/^kind: DaemonSet$/kind: Deployment/' \
		-e 's|^\( *image:\) .*|\1 localhost/shmtool:test|' \
		-e '/^ *args:/ { s/\<1h\>/0s/; s/\<10m\>/1s/ }' \
		-e "${1:-}" "$SRCDIR/examples/recipes/kubernetes-daemonset.yaml" >recipe.yaml
	play recipe.yaml
	container=$("${podman[@]}" ps --all --format '{{.Names}}' --filter name=shmtool-rm-.*-shmtool-rm)
	[[ $container ]] || fail "no container of the recipe: $("${podman[@]}" ps --all)"
}

# is_mapped PATH: whether a process maps the file.
is_mapped() {
	grep -qs "$1" /proc/[0-9]*/maps
}

# has_finished CONTAINER: whether the container has ended.
has_finished() {
	[[ $("${podman[@]}" inspect --format '{{.State.Status}}' "$1") == exited ]]
}

# has_logged PATTERN: whether a line of the output of the recipe's container matches.
has_logged() {
	"${podman[@]}" logs "$container" 2>&1 | grep -qE -e "$1"
}

# wait_for_log PATTERN: waits for such a line.
wait_for_log() {
	wait_until 20 has_logged "$1" || fail "$("${podman[@]}" logs "$container" 2>&1)"
}

# stop_recipe: SIGTERM ends the pod of the recipe within the 30 seconds that Kubernetes waits before SIGKILL.
stop_recipe() {
	"${podman[@]}" stop --time 30 "$container" >/dev/null
	run "${podman[@]}" inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$container"
	assert_output 'exited 0'
}

@test "the pod of the recipe removes what other pods leaked, and keeps what a pod uses" {
	pod leaks-object create --posix open_mpi.0042 --size 4K
	pod leaks-segment create --size 4K
	pod leaks-other create --posix other --size 4K
	for name in object segment other; do
		wait_until 60 has_finished "leaks-$name-main"
	done
	leaked=$(segment_ids)
	assert_segment_exists "$leaked"
	"$HELPERS/make_object" /open_mpi.0043 4096 666
	used=$(new_segment 4096 666)
	pod uses attach "$used" -- /usr/bin/shmtool attach /open_mpi.0043
	wait_until 60 is_mapped /dev/shm/open_mpi.0043

	play_recipe
	wait_for_log "^id:$leaked .* removed$"
	wait_for_log '^/open_mpi.0042 .* removed$'
	wait_for_log '^/open_mpi.0043 .* kept: mapped by'
	stop_recipe
	run "${podman[@]}" logs "$container"
	assert_line --regexp "^id:$used .* kept: attached 1 time"
	assert_line --regexp '^/other .* kept: it has no known family'
	assert_segment_exists "$used"
	refute_segment_exists "$leaked"
	# The last is what podman keeps between its commands.
	assert_equal "$(object_names)" $'libpod_lock\nopen_mpi.0043\nother'
	run "${podman[@]}" inspect --format '{{.EffectiveCaps}}' "$container"
	assert_output '[CAP_DAC_OVERRIDE CAP_LEASE CAP_SYS_ADMIN]'
}

@test "the pod of the recipe also ends with SIGTERM as the first process of its pid namespace" {
	play_recipe '/hostPID:/d'
	"$HELPERS/make_object" /open_mpi.0042 4096
	wait_for_log '^/open_mpi.0042 .* removed$'
	first=$("${podman[@]}" inspect --format '{{.State.Pid}}' "$container")
	assert_regex "$(grep '^NSpid:' "/proc/$first/status")" '[[:blank:]]1$'
	stop_recipe
}
