#!/usr/bin/env bats
# scripts/deps: missing packages are installed with apt-get, or listed for apt, dnf, apk, pacman and
# zypper. It finds out by looking for the things themselves, so each test gives it a PATH of its own
# with just the commands that are to be there; apt-get, id and the compiler are stand-ins.

load test_helper
load truth

setup() {
	common_setup
	mkdir bin
	# The tools that the script uses.
	for command in sh dirname awk cat sort; do
		ln -s "$(command -v "$command")" bin/
	done
	stand_in id 'echo 0'
}

# stand_in NAME COMMANDS: puts a script into that PATH.
stand_in() {
	printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

# have_build: all that the build needs.
have_build() {
	stand_in cc 'exit 0'
	stand_in make 'exit 0'
	stand_in pkg-config 'exit 0'
}

# have_apt COMMANDS: an apt-get that notes its arguments, then does this when it is to install.
have_apt() {
	[ -e /etc/debian_version ] || skip 'needs a Debian'
	stand_in apt-get "echo \"\$*\" >>'$PWD/apt.log'
case \$* in *install*) $1 ;; esac"
}

# deps SET...: runs scripts/deps.
deps() {
	run_apart env -i PATH="$PWD/bin" BATS_LIB_PATH="${libraries-$BATS_LIB_PATH}" "$SRCDIR/scripts/deps" "$@"
}

# assert_named MANAGER COMMAND-LINE: the line for a package manager, whole.
assert_named() {
	grep -qE "^ +$1: +$2\$" <<<"$stderr" || fail "no line '$1: $2' in: $stderr"
}

@test "deps: with everything there it is silent, and asks no package manager" {
	have_build
	have_apt ':'
	deps build
	assert_success
	assert_output ''
	assert_stderr_empty
	refute [ -e apt.log ]
}

@test "deps: without a set, the requirements of the build" {
	have_build
	deps
	assert_success
	assert_stderr_empty
}

@test "deps: on another distribution it names the packages and the command for each manager, and stops" {
	deps build
	assert_failure 1
	assert_output ''
	assert_stderr_like 'missing: cc make pkg-config libbsd json-c inih$'
	assert_named apt 'apt-get install .*gcc libc6-dev make pkg-config libbsd-dev libjson-c-dev libinih-dev'
	assert_named dnf 'dnf install gcc make pkgconf-pkg-config libbsd-devel json-c-devel inih-devel'
	assert_named apk 'apk add gcc musl-dev linux-headers make pkgconf libbsd-dev json-c-dev inih-dev'
	assert_named pacman 'pacman -S --needed gcc make pkgconf libbsd json-c libinih'
	assert_named zypper 'zypper install gcc make pkg-config libbsd-devel libjson-c-devel libinih-devel'
}

@test "deps: --packages prints just the names of the missing packages for one manager" {
	have_build
	rm bin/pkg-config
	for names in 'apt pkg-config libbsd-dev libjson-c-dev libinih-dev' 'apk pkgconf libbsd-dev json-c-dev inih-dev'; do
		deps --packages "${names%% *}" build
		assert_success
		assert_output "${names#* }"
		assert_stderr_empty
	done
	have_build
	stand_in pkg-config 'exit 0'
	deps --packages apk build
	assert_success
	assert_output ''
	deps --packages yum build
	assert_failure 2
	assert_stderr_like 'unknown package manager: yum \(must be one of: apt, dnf, apk, pacman, zypper\)'
}

@test "deps: lists only missing packages" {
	have_build
	stand_in pkg-config '[ "$2" != json-c ]'
	deps build
	assert_failure 1
	assert_stderr_like 'missing: json-c$'
	assert_named apt 'apt-get install .*libjson-c-dev'
	assert_named dnf 'dnf install json-c-devel'
	assert_named apk 'apk add json-c-dev'
	assert_named pacman 'pacman -S --needed json-c'
	assert_named zypper 'zypper install libjson-c-devel'
	refute_stderr_like gcc bsd
}

@test "deps: without root, prints the command and installs nothing" {
	have_build
	rm bin/make
	have_apt ':'
	stand_in id 'echo 1000'
	deps build
	assert_failure 1
	assert_stderr_like 'root' 'missing: make$'
	assert_named apt 'apt-get install --no-install-recommends make'
	refute [ -e apt.log ]
}

@test "deps: as root on Debian, installs only missing packages, then is silent" {
	have_build
	rm bin/make
	have_apt "cp '$PWD/bin/cc' '$PWD/bin/make'"
	ln -s "$(command -v cp)" bin/
	deps build
	assert_success
	assert_output ''
	run ! grep -v -e update -e install apt.log
	assert_equal "$(grep install apt.log | tr ' ' '\n' | grep -v '^-' | xargs)" 'install make'
	rm apt.log
	deps build
	assert_success
	assert_stderr_empty
	refute [ -e apt.log ]
}

@test "deps: lists of packages that cannot be updated are no reason to stop" {
	have_build
	rm bin/make
	have_apt "cp '$PWD/bin/cc' '$PWD/bin/make' ;; *update*) exit 100"
	ln -s "$(command -v cp)" bin/
	deps build
	assert_success
	assert_stderr_like 'update failed'
}

@test "deps: a failed installation reports why, and the packages to install" {
	have_build
	rm bin/make
	have_apt 'echo "E: no space left" >&2; exit 100'
	deps build
	assert_failure 1
	assert_output ''
	assert_stderr_like 'E: no space left' 'missing: make$'
	assert_named dnf 'dnf install make'
}

@test "deps: a package still missing after its installation is an error" {
	have_build
	rm bin/make
	have_apt ':'
	deps build
	assert_failure 1
	assert_stderr_like 'missing: make$'
	assert_equal "$(grep -c install apt.log)" 1
}

@test "deps: a compiler without headers is as none" {
	have_build
	stand_in cc 'exit 1'
	deps build
	assert_failure 1
	assert_stderr_like 'missing: cc$'
	assert_named apk 'apk add gcc musl-dev linux-headers'
}

@test "deps: a bats without --separate-stderr is too old" {
	have_build
	stand_in bats 'echo Bats 1.4.9'
	deps build check
	assert_failure 1
	assert_stderr_like 'missing:.* bats( |$)'
	for version in 1.5.0 1.10.0 2.0.0; do
		stand_in bats "echo Bats $version"
		deps build check
		refute_stderr_like 'missing:.* bats( |$)'
	done
}

@test "deps: an env without --default-signal is not enough" {
	have_build
	stand_in env 'exit 125'
	deps check
	assert_failure 1
	assert_stderr_like 'missing:.* env( |$)' 'coreutils'
}

@test "deps: the libraries of bats are looked for, not only bats" {
	have_build
	mkdir -p libraries/bats-support libraries/bats-assert
	touch libraries/bats-support/load.bash libraries/bats-assert/load.bash
	libraries=$PWD/libraries
	deps check
	refute_stderr_like 'missing:.*bats-(support|assert)'
}

@test "deps: a package that several things come from is named once" {
	deps check
	assert_failure 1
	assert_stderr_like 'missing:.* ipcs ipcmk unshare'
	run bash -c 'grep -oE "util-linux( |$)" <<<"$1" | wc -l' bash "$(grep ' apt: ' <<<"$stderr")"
	assert_output 1
}

@test "deps: each set has its own requirements" {
	deps build
	refute_stderr_like shellcheck strace
	deps check
	assert_stderr_like strace
	refute_stderr_like shellcheck 'missing:.* cc'
	deps bench
	assert_stderr_like 'missing: vmtouch lsof fuser$'
	deps dist image
	assert_stderr_like 'missing: xz podman( catatonit)?$'
	deps faults bench-compare
	assert_stderr_like 'missing: FindBin Time::HiRes git$'
	deps lint
	assert_stderr_like 'missing: clang-format clang-tidy cppcheck shellcheck mandoc$'
	refute_stderr_like strace
}

@test "deps: the set optional lists the libraries without which functions are omitted" {
	have_build
	stand_in pkg-config '[ "$2" != ncursesw ]'
	deps build
	assert_success
	deps optional
	assert_failure 1
	assert_stderr_like 'missing: ncursesw$'
	assert_named apt 'apt-get install .*libncurses-dev'
	assert_named dnf 'dnf install ncurses-devel'
}

@test "deps: an unknown set is refused with those that there are" {
	have_build
	deps tests
	assert_failure 2
	assert_stderr_like 'tests' 'build' 'check' 'extra' 'bench' 'lint'
}

@test "deps: the set extra lists the packages without which tests are skipped" {
	have_build
	deps build extra
	assert_failure 1
	assert_stderr_like 'missing: zsh fish xmllint faketime valgrind mandoc multiprocessing.shared_memory yaml systemd-analyze( America/St_Johns)?$'
	assert_named apt 'apt-get install .*python3 python3-yaml systemd.*'
	assert_named dnf 'dnf install .*python3 python3-pyyaml.*'
}

@test "deps: the image needs catatonit, in PATH or where podman looks for it" {
	require_root
	require_private_namespace
	stand_in podman 'exit 0'
	for directory in /usr/libexec/podman /usr/lib/podman /usr/local/libexec/podman /usr/local/lib/podman; do
		[ ! -d "$directory" ] || mount -t tmpfs hidden "$directory"
	done
	deps image
	assert_failure 1
	assert_stderr_like 'missing: catatonit$'
	assert_named apt 'apt-get install .*catatonit'
	assert_named dnf 'dnf install catatonit'
	for directory in "$PWD/bin" /usr/libexec/podman; do
		[ -d "$directory" ] || continue
		touch "$directory/catatonit"
		chmod 755 "$directory/catatonit"
		deps image
		assert_success
		assert_stderr_empty
		rm "$directory/catatonit"
	done
}
