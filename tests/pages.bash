# shellcheck shell=bash
# The pages of files and objects, for tests of probe-pages. Loaded after truth.

# setup_pages: sets page, the size of a page in bytes.
setup_pages() {
	common_setup
	require_private_namespace
	page=$(getconf PAGESIZE)
}

teardown_pages() {
	umount_shm
	remove_segments
	common_teardown
	end_memory_group
}

# make_file NAME SIZE: a file of random bytes that is on the disk.
make_file() {
	head -c "$2" /dev/urandom >"$1"
	sync "$1"
}

# drop_cache FILE: no page of it stays in memory.
drop_cache() {
	sync "$1"
	dd of="$1" oflag=nocache conv=notrunc,fdatasync count=0 status=none
	wait_until 20 eval '! "$HELPERS/page_states" "'"$1"'" | grep -q resident' ||
		skip 'needs a file system whose pages can be dropped from memory'
}

require_disk() {
	case $(stat -f -c %T .) in
	ext2/ext3 | xfs | btrfs) ;;
	*) skip "needs a directory on ext4, xfs or btrfs; $PWD is on $(stat -f -c %T .): set TMPDIR" ;;
	esac
}

# swap_on: swap for the rest of the test; no other test has its own meanwhile.
swap_on() {
	require_root
	require_disk
	"$HELPERS/hold_swap" swapfile 64 >swap.out 2>swap.err 3>&- &
	local holder=$!
	wait_until 300 eval "grep -q holding swap.out || ! kill -0 $holder"
	grep -q holding swap.out || skip "needs a swap file: $(cat swap.err)"
	begin_memory_group
}

# evict OBJECT: moves the first 256 pages out, to swap. Sets evicted to the number of pages that are in
# swap alone, 0 if that cannot be had here.
evict() {
	"$HELPERS/mapping" evict "$1" 0 $((256 * page))
	wait_until 5 is_in_swap "$1" || true
	evicted=$("$HELPERS/page_states" "$1" | head -n 256 | grep -cx -e - || true)
}

is_in_swap() {
	leave_swap_cache
	"$HELPERS/page_states" "$1" | head -n 256 | grep -qx -e -
}
