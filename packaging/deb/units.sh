# Shared by the maintainer scripts; the build puts it in front of each of them.
# Every function may run again after an interrupted dpkg.
set -e

running() { [ -d /run/systemd/system ]; }

# enable UNIT... at the first installation; afterwards they stay as they were set.
enable() {
	for unit; do
		if deb-systemd-helper --quiet was-enabled "$unit"; then
			deb-systemd-helper enable "$unit" >/dev/null
		else
			deb-systemd-helper update-state "$unit" >/dev/null
		fi
	done
}

# start UNIT..., again where they run already. What can't start is told in the
# journal and is no reason to leave a package half installed.
start() {
	running || return 0
	systemctl daemon-reload
	deb-systemd-invoke restart "$@" || true
}

stop() {
	running || return 0
	deb-systemd-invoke stop "$@" || true
}

reload() {
	running || return 0
	systemctl daemon-reload || true
}

# forget UNIT...: what was remembered of their being enabled.
forget() {
	deb-systemd-helper purge "$@" >/dev/null
}

# keep FOLDER WHAT: a folder with data stays after a purge, an empty one goes.
keep() {
	[ -d "$1" ] || return 0
	if rmdir "$1" 2>/dev/null; then
		return 0
	fi
	echo "$1 is kept: $2 Remove it by hand when nobody needs it any more."
}
