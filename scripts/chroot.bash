# A chroot with a minimal Debian, for scripts that test on a bare machine.
#
# The script sets $work, a directory for the log, and $root, the chroot. It runs in a private mount
# namespace, so that no mount is left behind.
#
# shellcheck shell=bash disable=SC2154

say() {
	printf 'scripts/%s: %s\n' "${0##*/}" "$*" >&2
}

# cannot REASON: ends the script with status 77: it cannot run here.
cannot() {
	say "skipped: $*"
	exit 77
}

# make_chroot PACKAGE,... [ARCHITECTURE]: this machine's release of Debian, or the release $suite, in
# $root, with these packages and the package sources of this machine.
make_chroot() {
	local codename mirror log=$work/log
	mirror=$("${BASH_SOURCE[0]%/*}/debian-mirror" 2>&1) || cannot "$mirror"
	# shellcheck disable=SC1091 # this machine's
	codename=${suite:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
	say "creating a minimal $codename in $root"
	debootstrap --variant=minbase ${2:+"--arch=$2"} --include="$1" "$codename" "$root" "$mirror" \
		>"$log" 2>&1 </dev/null || {
		tail -n 5 "$log" >&2
		cannot 'debootstrap could not make it'
	}
	apt-config dump | grep -i '^acquire::.*proxy' >"$root/etc/apt/apt.conf.d/90proxy"
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null
	# The certificate authorities that this machine trusts.
	cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null
	if ! { mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
		mount --rbind /sys "$root/sys"; }; then
		cannot 'nothing can be mounted there'
	fi
}

# in_chroot COMMAND...: with a minimal environment, as on a freshly installed machine.
in_chroot() {
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		${no_proxy:+no_proxy="$no_proxy"} chroot "$root" "$@" </dev/null
}

# copy_to DIRECTORY: this checkout, $source_directory, without its build results.
copy_to() {
	mkdir -p "$root$1" &&
		tar -C "$source_directory" --exclude=./build --exclude=./shmtool -cf - . |
		tar -C "$root$1" --no-same-owner -xf -
}
