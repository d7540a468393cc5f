#!/usr/bin/env bats
# The image in a pod that podman really runs (make pod-test), beside a pod that leaks and one that uses its
# object: all share the IPC namespace and the /dev/shm of the node, here those of the test.
#
# IMAGE is the directory with the Containerfile and the static program.

load ../test_helper
load ../truth

setup() {
	common_setup
	require_root
	require_private_namespace
	command -v podman >/dev/null || skip 'needs podman'
	# podman finds the first process of the pod there.
	[[ -x /usr/libexec/podman/catatonit || -x $(type -P catatonit) ]] || skip 'needs catatonit'
	own_cgroups
	# The limits that podman sets for root may be above those of this machine.
	printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' >containers.conf
	export CONTAINERS_CONF=$PWD/containers.conf
	runroot=$(mktemp -d /tmp/pod.XXXXXX) # podman wants a short path
	podman=(podman --root "$PWD/storage" --runroot "$runroot" --storage-driver vfs
		--cgroup-manager cgroupfs --events-backend none)
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

# pod NAME ARGUMENT...: plays a pod whose container runs the program with these arguments, and only the
# capabilities of the recipe.
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
		  hostNetwork: true
		  restartPolicy: Never
		  containers:
		    - name: main
		      image: localhost/shmtool:test
		      imagePullPolicy: Never
		      args: $(jq -nc '$ARGS.positional' --args -- "$@")
		      securityContext:
		        runAsUser: 0
		        readOnlyRootFilesystem: true
		        capabilities:
		          drop: [ALL]
		          add: [DAC_OVERRIDE, LEASE, SYS_ADMIN]
		      volumeMounts:
		        - name: shm
		          mountPath: /dev/shm
		  volumes:
		    - name: shm
		      hostPath:
		        path: /dev/shm
		        type: Directory
	END
	"${podman[@]}" kube play --network none "$name.yaml" >"$name.out" 2>&1 || fail "$(cat "$name.out")"
}

# has_finished CONTAINER: whether the container has ended.
has_finished() {
	[[ $("${podman[@]}" inspect --format '{{.State.Status}}' "$1") == exited ]]
}

@test "a pod of the image removes what another pod leaked, and keeps what a third uses" {
	pod leaks create --posix leaked --size 4K
	wait_until 60 test -e /dev/shm/leaked
	"$HELPERS/make_object" /used 4096
	pod uses attach /used
	wait_until 60 grep -qs /dev/shm/used /proc/[0-9]*/maps
	pod cleans rm --unused --kind pshm --older-than 0s
	wait_until 60 test ! -e /dev/shm/leaked
	wait_until 60 has_finished cleans-main
	run "${podman[@]}" logs cleans-main
	assert_line --regexp '^/leaked .* removed$'
	assert_line --regexp '^/used .* kept: '
	assert_object_exists used
	# What podman keeps between its commands.
	assert_object_exists libpod_lock
	run "${podman[@]}" inspect --format '{{.EffectiveCaps}}' cleans-main
	assert_output '[CAP_DAC_OVERRIDE CAP_LEASE CAP_SYS_ADMIN]'
}
