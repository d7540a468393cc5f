#!/usr/bin/env bats
# ipcs as a user with read permission for few of the objects: every combination of resource, format and size
# option, as util-linux's has it, byte for byte.
# Takes 40 seconds.

load test_helper
load truth
load classic

@test "ipcs: resource × format × size, with hundreds of mixed objects, unprivileged" {
	require_peer ipcs
	require_root
	start_mixed_objects 150
	assert_mixed_objects 150
	compare_product user "${formats[@]}"
	assert_same 390
}

@test "ipcs: resource × format × size, unprivileged, with objects that only the owner may read" {
	require_peer ipcs
	require_root
	"$HELPERS/make_ipc" {shm,msg,sem},0x{1,80000002},600,3 {shm,msg,sem},0,0,3
	compare_product user "${formats[@]}"
	assert_same 390
}
