#!/usr/bin/env bats
# Families and trust: the objects, processes and names of one user do not change the fate of another
# user's objects, and a faulty file of rules never causes a removal.

load test_helper
load family_world

# garbage NAME...: creates objects of root.
garbage() {
	(cd /dev/shm && truncate --size=4096 -- "$@")
}

# users_garbage NAME...: creates objects of $owner.
users_garbage() {
	local name
	for name; do
		as_owner "$HELPERS/make_object" "/$name" 4096 644
	done
}

@test "families: an object that a user names like podman's keeps only itself" {
	users_garbage libpod_lock libpod_rootless_lock_0
	garbage nccl-a1B2c3
	clean
	assert_left libpod_lock libpod_rootless_lock_0
	clean --family podman
	assert_left
}

@test "families: an object that a user holds keeps no other user's objects of its instance" {
	garbage fastrtps_port9999 sem.fastrtps_port9999_mutex
	users_garbage fastrtps_port9999_el
	start holder "$HELPERS/hold_files" /dev/shm/fastrtps_port9999_el
	says holder holding
	clean
	assert_left fastrtps_port9999_el
	destroy -x hold_files
	clean
	assert_left
}

@test "families: a process that a user names like a program keeps only his own objects" {
	garbage PostgreSQL.1111
	users_garbage PostgreSQL.2222
	cp "$(type -P sleep)" postgres
	chmod 755 postgres
	start server ./postgres 300
	wait_until 10 processes -x postgres
	clean
	assert_left PostgreSQL.2222
	destroy -x postgres
	clean
	assert_left
}

@test "families: the number of a living process in a name keeps only that object" {
	users_garbage torch_1_1_1
	garbage torch_4194303_1_1
	clean
	assert_left torch_1_1_1
}

#
# Files of rules
#

# mixture: creates objects that the shipped rules keep and remove, and $unknown, if set, which is of
# no family.
mixture() {
	rm -f /dev/shm/*
	garbage libpod_lock torch_1_2_3 nccl-a1B2c3 fastrtps_port9999 sem.fastrtps_port9999_mutex \
		jack-shm-registry ${unknown:+"$unknown"}
}

# remove_with SHIPPED[:LOCAL] ARGUMENTS...: creates a mixture, cleans up with the rules in these
# directories, and lists the objects that are left.
remove_with() {
	local directories=$1
	shift
	mixture
	env "SHMTOOL_FAMILIES=$directories" "$SHMTOOL" rm --kind shm,pshm,psem --older-than 0s "$@" \
		>cleaned 2>&1 || true
	objects
}

# shipped: prints the name of a copy of the shipped rules that belongs to root.
shipped() {
	[ -d shipped ] || {
		cp -R "$SRCDIR/share/families" shipped
		chown -R root:root shipped
		chmod -R go-w shipped
	}
	printf '%s\n' "$PWD/shipped"
}

# assert_no_more CASE: with the directory `local`, rm removes no object that it would not remove with
# the shipped rules alone.
assert_no_more() {
	local way
	for way in --abandoned --unused; do
		[ -e "alone$way" ] || {
			remove_with "$(shipped)" "$way" >"alone$way"
			grep -q libpod_lock "alone$way"
			refute grep -q nccl "alone$way"
		}
		remove_with "$(shipped):$PWD/local" "$way" >"with$way"
		run comm -23 "alone$way" "with$way"
		assert_output '' || fail "$way, $1: $(cat cleaned)"
	done
}

# local_file: creates the directory `local` with one file, copied from standard input.
local_file() {
	rm -rf local
	mkdir local
	cat >local/rules.conf
}

@test "families: a faulty, empty, unreadable or writable file of rules causes no removal" {
	greedy=$'[greedy]\nmatch = pshm /*\nmatch = psem /*\nfate = garbage\n'
	: | local_file
	assert_no_more empty
	echo "$greedy" | local_file
	assert_no_more greedy
	# Only rules without an error may claim an object that is of no shipped family.
	unknown=nobody-knows-it
	rm alone*
	echo "${greedy}fate = perhaps" | local_file
	assert_no_more 'unknown fate'
	printf '%s\nmatch = pshm /[\n' "$greedy" | local_file
	assert_no_more 'open bracket'
	printf '%s\0\377\n' "$greedy" | local_file
	assert_no_more 'bytes that are no text'
	echo "$greedy" | local_file
	chmod 666 local/rules.conf
	assert_no_more world-writable
	chown 65534 local/rules.conf
	chmod 600 local/rules.conf
	assert_no_more "another user's"
	rm local/rules.conf
	mkfifo local/rules.conf
	assert_no_more fifo
	rm local/rules.conf
	mkdir local/rules.conf
	assert_no_more directory
	rmdir local/rules.conf
	ln -s nowhere local/rules.conf
	assert_no_more 'link to nowhere'
	echo "$greedy" | local_file
	chmod 777 local
	assert_no_more 'world-writable directory'
	rm -rf local
	ln -s /proc/self/mem local
	assert_no_more 'no directory'
}

@test "families: a file of 100,000 rules causes no removal" {
	seq 100000 | awk '{ print "[family-" $1 "]\nmatch = pshm /*-" $1 "\nfate = garbage" }' | local_file
	assert_no_more huge
	{
		echo '[one]'
		seq 100000 | sed 's/.*/match = pshm \/&*/'
		echo 'fate = garbage'
	} | local_file
	assert_no_more 'one huge family'
	{
		printf '[one]\nmatch = pshm /'
		head -c 1000000 /dev/zero | tr '\0' '*'
		printf '\nfate = garbage\n'
	} | local_file
	assert_no_more 'a long pattern'
}

@test "families: files of rules with random faults cause no removal" {
	cat "$(shipped)"/*.conf | sed 's/^\[/[local-/' >rules
	for seed in {1..60}; do
		perl -e '
			srand(shift);
			undef $/;
			$_ = <STDIN>;
			for my $n (1 .. 1 + rand 20) {
				my $at = int rand length;
				my $how = int rand 4;
				substr($_, $at, 1) = chr rand 256 if $how == 0;
				substr($_, $at, rand 200) = "" if $how == 1;
				substr($_, $at, 0) = substr($_, rand length, rand 200) if $how == 2;
				substr($_, $at, 0) = ("\n", "*", "[", "]", "{", "}", "=", "fate = garbage\n")[rand 8]
					if $how == 3;
			}
			print' "$seed" <rules | local_file
		assert_no_more "seed $seed"
	done
}

@test "families: root refuses the rules in another user's directory, and removes nothing" {
	: | local_file
	chown 65534 local
	mixture
	before=$(objects)
	run env "SHMTOOL_FAMILIES=$PWD/local" "$SHMTOOL" rm --abandoned --older-than 0s
	assert_failure
	assert_equal "$(objects)" "$before"
}
