#!/usr/bin/env bats
# The package for Debian, in a chroot with a minimal Debian. Run by scripts/check-deb, which sets
#
#     root       the chroot
#     packages   the directory of the packages
#     again      the directory of the same packages, made from another clone
#     SRCDIR     this checkout
#
# The tests build on each other: the package is installed, used, removed and purged.

bats_require_minimum_version 1.5.0

work=$BATS_FILE_TMPDIR

# shellcheck source=scripts/chroot.bash
. "$SRCDIR/scripts/chroot.bash"

BATS_LIB_PATH=$("$SRCDIR/scripts/bats-lib-path")
bats_load_library bats-support
bats_load_library bats-assert

deb=$(echo "$packages"/shmtool_*.deb)
UNITS='shmtool-metrics.service shmtool-metrics.timer shmtool-rm.service shmtool-rm.timer shmtool-watch.service'

# files: the files of the chroot, one a line, but for the logs and caches of other programs.
files() {
	find "$root" -xdev \( -path "$root/proc" -o -path "$root/sys" -o -path "$root/dev" -o \
		-path "$root/run" -o -path "$root/tmp" -o -path "$root/var/cache" -o -path "$root/var/log" -o \
		-path "$root/var/lib/apt" \) -prune -o -printf '%P\n' | sort
}

@test "lintian has no errors and no warnings, and nothing is overridden" {
	run lintian --allow-root --fail-on error,warning --show-overrides "$packages"/shmtool_*.changes
	assert_success
	refute_output --regexp '^(E|W|O): '
}

@test "another clone, umask, time zone and locale give the same tarball and packages" {
	for file in "$packages"/*.orig.tar.xz "$packages"/*.debian.tar.xz "$packages"/*.dsc "$packages"/*.deb; do
		cmp "$file" "$again/${file##*/}"
	done
}

@test "an unpacked tarball gives itself" {
	cd "$BATS_TEST_TMPDIR"
	tar -xf "$packages"/shmtool_*.orig.tar.xz
	cd shmtool-*
	mkdir build
	touch shmtool build/result
	version=$(sed -n 's/^VERSION = //p' Makefile)
	(umask 077 && scripts/dist "$version" ../again.tar.xz)
	cmp "$packages"/shmtool_*.orig.tar.xz ../again.tar.xz
}

# of_package: the names of files, one a line, as make install has them, without those that a package
# names or compresses in its own way.
of_package() {
	sed -E 's,^\./,,; s,(/man[15]/.*)\.gz$,\1,; s,^usr/lib/systemd,lib/systemd,
		\,/90-shmtool\.preset$,d; \,/doc/shmtool/(LICENSE|CHANGELOG\.md|changelog.*|copyright)$,d' | sort
}

@test "the package has the files of make install and make install-systemd" {
	cd "$BATS_TEST_TMPDIR"
	env -u MAKEFLAGS -u MAKELEVEL make -C "$SRCDIR" -o /bin/true BINARY=/bin/true PREFIX=/usr \
		DESTDIR="$PWD/stage" install install-systemd
	(cd stage && find . -type f) | of_package >expected
	dpkg-deb --fsys-tarfile "$deb" | tar -tf - | grep -v '/$' | of_package >packed
	run diff expected packed
	assert_output ''
	for file in changelog.gz changelog.Debian.gz copyright; do
		dpkg-deb --fsys-tarfile "$deb" | tar -tf - "./usr/share/doc/shmtool/$file"
	done
}

@test "the package can be installed" {
	files >"$work/before"
	cp "$deb" "$root/root/shmtool.deb"
	run in_chroot dpkg --install /root/shmtool.deb
	rm "$root/root/shmtool.deb"
	assert_success
	refute_output --regexp '[Ww]arning|[Ee]rror'
}

@test "the program runs, with its families and optional libraries" {
	run in_chroot shmtool --version
	assert_success
	assert_line --index 0 "shmtool $(sed -n 's/^VERSION = //p' "$SRCDIR/Makefile") (with ncurses, libdw)"
	run in_chroot shmtool families --raw --no-headings -o file podman
	assert_success
	assert_output --partial /usr/share/shmtool/families/containers.conf:
	run in_chroot unshare --ipc sh -c 'shmtool create --size 4096 && shmtool rm --unused --kind shm'
	assert_success
	assert_output --partial 'removed'
}

@test "every manual page is found by man" {
	for page in "$SRCDIR"/man/*.[15]; do
		page=${page##*/}
		run in_chroot man -w "${page##*.}" "${page%.*}"
		assert_success
		assert_output "/usr/share/man/man${page##*.}/$page.gz"
	done
}

@test "the three completions are where the shells look" {
	for file in bash-completion/completions/shmtool zsh/site-functions/_shmtool \
		fish/vendor_completions.d/shmtool.fish; do
		[ -s "$root/usr/share/$file" ]
	done
	run in_chroot bash --norc -c '. /usr/share/bash-completion/completions/shmtool && complete -p shmtool'
	assert_success
}

@test "the units are installed, valid, and disabled" {
	for unit in $UNITS; do
		[ -f "$root/usr/lib/systemd/system/$unit" ]
		run in_chroot systemctl is-enabled "$unit"
		# Those that timers start cannot be enabled.
		assert_output --regexp '^(disabled|static)$'
		run in_chroot systemd-analyze verify "$unit"
		assert_output ''
	done
	run grep -h '^ExecStart=' "$root"/usr/lib/systemd/system/shmtool-*.service
	refute_line --regexp '^ExecStart=[^/]|^ExecStart=/usr/local'
	run find "$root/etc/systemd" -name 'shmtool*'
	assert_output ''
}

# In the booted system: user 65534 has an unused segment, an unused file and an open one.
services() {
	local nobody='setpriv --reuid 65534 --regid 65534 --clear-groups'
	$nobody ipcmk --shmem 4096
	$nobody sh -c 'echo text >/dev/shm/unused; exec sleep 100 >/dev/shm/used' &
	until grep -qx sleep /proc/$!/comm; do sleep 0.1; done
	mkdir -p /var/lib/prometheus/node-exporter
	systemctl start shmtool-watch.service shmtool-metrics.service
	until grep -q fanotify /var/log/shmtool/removed.jsonl; do
		: >/dev/shm/other
		rm /dev/shm/other
		sleep 0.1
	done
	# Objects of any age.
	mkdir -p /run/systemd/system/shmtool-rm.service.d
	printf '[Service]\nExecStart=\nExecStart=/usr/bin/shmtool rm --unused --older-than 0s\n' \
		>/run/systemd/system/shmtool-rm.service.d/test.conf
	systemctl daemon-reload
	systemctl start shmtool-rm.service
	until grep -q '"/unused"' /var/log/shmtool/removed.jsonl; do sleep 0.1; done
	journalctl --no-pager --output=cat --unit=shmtool-rm
	systemctl start shmtool-rm.timer shmtool-metrics.timer
	systemctl list-timers --no-pager
	systemctl is-failed shmtool-watch.service shmtool-metrics.service shmtool-rm.service
	systemctl stop shmtool-watch.service
}

@test "under systemd, the services remove, measure and record as the unit files allow" {
	local boot=$BATS_TEST_TMPDIR
	{
		echo '#!/bin/bash'
		declare -f services
		echo services
	} >"$boot/script"
	run timeout --kill-after=9 300 "$SRCDIR/tests/packages/boot" "$root" "$boot"
	((status != 77)) || skip "$output"
	assert_success
	run cat "$boot/root/root/output"
	assert_line --regexp '^id:0 +nobody +4096 +[0-9]+ removed$'
	assert_line --regexp '^/unused +nobody +5 +[0-9]+ removed$'
	assert_line --regexp '^/used +nobody +0 +[0-9]+ kept: held open by [0-9]+ \(sleep\)$'
	assert_line --regexp 'shmtool-metrics.timer +shmtool-metrics.service$'
	assert_line --regexp 'shmtool-rm.timer +shmtool-rm.service$'
	refute_line failed
	run grep -h '^shmtool_objects{kind="pshm",use="used"}' "$boot/root/var/lib/prometheus/node-exporter/shmtool.prom"
	assert_output --regexp ' 1$'
	run jq -r 'select(.source == "tracepoints").process.command' "$boot/root/var/log/private/shmtool/removed.jsonl"
	assert_output shmtool
}

@test "after removal and purging no file is left, though an administrator had enabled the units" {
	for unit in shmtool-metrics.timer shmtool-rm.timer shmtool-watch.service; do
		# Not by a preset, such as that of the first boot.
		in_chroot systemctl preset "$unit"
		assert_equal "$(in_chroot systemctl is-enabled "$unit")" disabled
		in_chroot systemctl enable "$unit"
		assert_equal "$(in_chroot systemctl is-enabled "$unit")" enabled
	done
	run in_chroot dpkg --remove shmtool
	assert_success
	[ ! -e "$root/usr/bin/shmtool" ]
	run in_chroot dpkg --purge shmtool
	assert_success
	files >"$work/after"
	run diff "$work/before" "$work/after"
	assert_output ''
}
