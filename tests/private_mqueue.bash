# A directory of POSIX message queues for a new IPC namespace.
#
# shellcheck shell=bash

# private_terminals DIRECTORY: pseudo-terminals that any user can open. On some machines the ptmx in
# /dev/pts has no permissions, and only /dev/ptmx can be opened.
private_terminals() {
	mount -t devpts -o newinstance,ptmxmode=666 tests "$1" || mount --rbind /dev/pts "$1"
}

# A machine may lack /dev/mqueue, and a directory created in its /dev would be visible to all. So
# the namespace gets another /dev: a tmpfs with the parts of the real one that the tests need,
# created at /dev/shm, where this does no harm, and then moved to /dev. On failure nothing changes.
private_dev() {
	local new=/dev/shm node
	mount -t tmpfs -o mode=755,nosuid tests "$new" || return
	for node in null zero full random urandom tty fuse $(cd /dev && echo loop*); do
		[[ -e /dev/$node ]] || continue
		# Only true root may make devices.
		cp -a "/dev/$node" "$new" 2>/dev/null && continue
		: >"$new/$node"
		mount --bind "/dev/$node" "$new/$node" || break
	done
	if [[ -c $new/tty ]] && mkdir "$new"/{shm,mqueue,pts} &&
		cp -P /dev/{fd,stdin,stdout,stderr} "$new" &&
		private_terminals "$new/pts" && ln -s pts/ptmx "$new/ptmx" &&
		mount -t mqueue tests "$new/mqueue" && mount --move "$new" /dev; then
		return 0
	fi
	umount --recursive "$new"
	return 1
}

# private_mqueue: puts the file system of the new namespace's POSIX message queues on /dev/mqueue,
# instead of the machine's, if that can be replaced. Must precede a new /dev/shm.
private_mqueue() {
	[[ -d /dev/mqueue ]] || {
		private_dev
		return
	}
	while umount /dev/mqueue 2>/dev/null; do :; done
	mount -t mqueue tests /dev/mqueue
}
