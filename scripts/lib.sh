# shellcheck shell=bash
# Shared by the set-up scripts and the artifact builds: messages, timed steps, Debian packages, and a cache
# of built artifacts that is safe to fill from several set-ups at once. To be sourced by bash.
#
# Everything for people goes to stderr, so that a script's stdout can hold its answer.

set -euo pipefail

# Not only for tidiness: umask 077 would make artifacts that the runner's unprivileged VMM cannot read.
umask 022

# --- Messages -----------------------------------------------------------------------------------------

say()  { printf '%s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }
die()  { printf 'error: %s\n' "$*" >&2; exit 1; }

# --- Where things live ----------------------------------------------------------------------------------

# Made absolute at once: the scripts change their directory, and links must not depend on it.
[ -z "${MAYFLY_CACHE:-}" ] || MAYFLY_CACHE=$(realpath -m "$MAYFLY_CACHE")
[ -z "${MAYFLY_HOME:-}" ]  || MAYFLY_HOME=$(realpath -m "$MAYFLY_HOME")

# Artifacts by digest; may be deleted at any time, and is then built anew.
cache_root() {
	if [ -n "${MAYFLY_CACHE:-}" ]; then printf '%s\n' "$MAYFLY_CACHE"
	elif [ "$(id -u)" = 0 ]; then printf '/var/cache/mayfly\n'
	else printf '%s/mayfly\n' "${XDG_CACHE_HOME:-$HOME/.cache}"; fi
}

# What the runner reads; the same rule as in mayfly itself.
mayfly_home() {
	if [ -n "${MAYFLY_HOME:-}" ]; then printf '%s\n' "$MAYFLY_HOME"
	elif [ "$(id -u)" = 0 ]; then printf '/var/lib/mayfly\n'
	else printf '%s/mayfly\n' "${XDG_DATA_HOME:-$HOME/.local/share}"; fi
}

# --- Timed steps ------------------------------------------------------------------------------------------

LOG_DIR=
_log_tail_lines=25

# log_dir DIR: where the logs of the steps go.
log_dir() { mkdir -p "$1"; LOG_DIR=$1; }

# step NAME HINT COMMAND…: says what it does, runs COMMAND with its output in a log, says how long it took.
# When it fails: what failed, the end of the log, HINT (what to do about it), and the script ends.
# Must not be called as a condition (`if step …`): bash would then ignore errors inside COMMAND.
step() {
	# The functions that COMMAND calls see these variables, so their names must not be anybody else's.
	local _step_name=$1 _step_hint=$2 _step_log _step_status=0 _step_start=$SECONDS
	shift 2
	[ -n "$LOG_DIR" ] || log_dir "$(cache_root)/log"
	_step_log="$LOG_DIR/$(log_name "$_step_name")"
	say "==> $_step_name"
	set +e
	( set -e; "$@" ) >"$_step_log" 2>&1
	_step_status=$?
	set -e
	[ "$_step_status" -eq 0 ] ||
		step_failed "$_step_name" "$_step_hint" "$_step_log" "$_step_status" $((SECONDS - _step_start))
	say "    done in $((SECONDS - _step_start)) s"
}

# "Compile the kernel (4 minutes)" -> compile-the-kernel.log
log_name() { printf '%s.log\n' "$1" | sed -E 's/ *\([^)]*\)//' | tr '[:upper:]' '[:lower:]' | tr -cs 'a-z0-9.\n' '-'; }

step_failed() {
	local name=$1 hint=$2 log=$3 status=$4 seconds=$5
	say ""
	say "FAILED after $seconds s (status $status): $name"
	say "--- last lines of $log"
	tail -n "$_log_tail_lines" "$log" | sed 's/^/    /' >&2
	say "---"
	say "What to do: $hint"
	exit 1
}

# --- Debian packages -----------------------------------------------------------------------------------------

# packages_in FILE GROUP…: the package names of these groups.
packages_in() {
	local file=$1
	shift
	awk -v wanted=" $* " '
		/^[[:space:]]*(#|$)/ { next }
		/^\[.*\]$/ { group = substr($0, 2, length($0) - 2); seen[group] = 1; next }
		index(wanted, " " group " ") && !printed[$1]++ { print $1 }
		END {
			n = split(wanted, names, " ")
			for (i = 1; i <= n; i++) if (!(names[i] in seen)) { print "no group " names[i] > "/dev/stderr"; exit 1 }
		}' "$file"
}

# packages_missing NAME…: those that are not installed.
packages_missing() {
	local name
	for name; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || printf '%s\n' "$name"
	done
}

is_debian_12() {
	[ -r /etc/os-release ] && ( . /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ] )
}

# packages_ensure NAME…: installs what is missing; costs nothing when nothing is.
packages_ensure() {
	local missing
	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then not_debian "$@"; fi
	mapfile -t missing < <(packages_missing "$@")
	[ "${#missing[@]}" -gt 0 ] || return 0
	is_debian_12 || warn "this is not Debian 12; the packages may have other names or versions here"
	say "    missing: ${missing[*]}"
	packages_install "${missing[@]}"
}

not_debian() {
	say "mayfly's set-up knows the packages of Debian 12 only, and finds no apt-get here. Install what these"
	say "Debian packages hold, or run the set-up in a Debian 12 container or machine:"
	say "    $*"
	exit 1
}

packages_install() {
	local as_root=() options=(-y --no-install-recommends -o DPkg::Lock::Timeout=600)
	if [ "$(id -u)" != 0 ]; then
		if ! command -v sudo >/dev/null; then
			die "packages are missing and this user cannot install them. Run as root, then start again:
    apt-get update && apt-get install ${options[*]} $*"
		fi
		as_root=(sudo)
		# Ask for the password here, where the user can see the question, and not inside a logged step.
		sudo -v || die "sudo was refused. Run as root, then start again:
    apt-get update && apt-get install ${options[*]} $*"
	fi
	step "Update the package lists" "check the network and /etc/apt/sources.list" \
		"${as_root[@]}" apt-get update -o DPkg::Lock::Timeout=600
	step "Install $# packages" "see the log; 'apt-get -f install' mends a broken package state" \
		"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install "${options[@]}" "$@"
}

# --- Debian's archives ---------------------------------------------------------------------------------------

# apt_sources SUITE: its one-line APT sources: those of MAYFLY_MIRROR, else of the host, which must run the same
# suite of Debian.
apt_sources() {
	local suite=$1 lines=
	if [ -n "${MAYFLY_MIRROR:-}" ]; then
		printf 'deb %s %s main\n' "$MAYFLY_MIRROR" "$suite"
		return
	fi
	if command -v apt-get >/dev/null; then lines=$(host_sources "$suite"); fi
	[ -n "$lines" ] || die "this host has no APT sources of Debian $suite; name a mirror with MAYFLY_MIRROR=URL"
	printf '%s\n' "$lines"
}

# Only Debian's own archives: the host may have others, and nothing of theirs belongs in an artifact.
host_sources() {
	# shellcheck disable=SC2016  # these are apt's names, not the shell's
	apt-get indextargets --format '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		awk -F'|' -v suite="$1" '
			$4 != "main" || ($1 != "" && $1 != "Debian") { next }
			$3 == suite { main = 1 }
			$3 == suite || $3 == suite "-updates" || $3 == suite "-security" {
				line = "deb " $2 " " $3 " main"
				if (!(line in seen)) lines[++n] = line
				seen[line] = 1
			}
			END { if (main) for (i = 1; i <= n; i++) print lines[i] }'
}

# The host's way out to the network, as options of mmdebstrap.
proxy_options() {
	local scheme proxy=
	command -v apt-config >/dev/null || return 0
	for scheme in http https; do
		eval "$(apt-config shell proxy "Acquire::$scheme::Proxy")"
		[ -z "$proxy" ] || printf -- '--aptopt=Acquire::%s::Proxy "%s"\n' "$scheme" "$proxy"
		proxy=
	done
}

# debian_tar TAR SUITE OPTION…: the root file system of these mmdebstrap options as an archive.
debian_tar() {
	local tar=$1 suite=$2 mode=root proxies sources
	shift 2
	[ "$(id -u)" = 0 ] || mode=unshare
	mapfile -t proxies < <(proxy_options)
	mapfile -t sources < <(apt_sources "$suite")
	[ "${#sources[@]}" -gt 0 ] || exit 1  # it has said why
	printf 'from: %s\n' "${sources[@]}"
	LC_ALL=C mmdebstrap --mode="$mode" --format=tar "${proxies[@]}" "$@" "$suite" "$tar" "${sources[@]}"
}

# --- The artifact cache -----------------------------------------------------------------------------------------
#
# An artifact is a directory named by the digest of its inputs. It is made in a temporary sibling and renamed
# into place when it is complete, so a directory with the final name is always whole. One builder at a time
# per artifact (flock); whoever waited finds the work done.

# digest16: 16 hex digits of standard input.
digest16() { sha256sum | cut -c1-16; }
sha256_of() { sha256sum "$1" | cut -d' ' -f1; }
# The same for large files: OpenSSL uses the processor's instructions for it, coreutils do not.
sha256_of_large() { openssl dgst -sha256 -r "$1" | cut -d' ' -f1; }

# artifact_ensure DIR COMMAND…: makes DIR, if it is not there, by running COMMAND with the temporary directory
# as last argument.
artifact_ensure() {
	[ -e "$1/manifest.json" ] || artifact_locked "$1" unless-there "${@:2}"
}

# The same, even if it is there. Machines that run keep the old one open.
artifact_refresh() { artifact_locked "$1" always "${@:2}"; }

artifact_locked() {
	local dir=$1 when=$2 lock_fd
	shift 2
	mkdir -p "$(dirname "$dir")"
	exec {lock_fd}>"$dir.lock"
	if ! flock -n "$lock_fd"; then
		say "    another set-up is building this; waiting for it"
		flock "$lock_fd"
	fi
	if [ "$when" = always ] || [ ! -e "$dir/manifest.json" ]; then artifact_build "$dir" "$@"; fi
	exec {lock_fd}>&-
}

# Runs under the lock, so leftovers of the same artifact belong to builds that died.
artifact_build() {
	local dir=$1 tmp
	shift
	rm -rf "$dir".tmp.*
	tmp=$(mktemp -d "$dir.tmp.XXXXXX")
	# shellcheck disable=SC2064  # the value of now is meant
	trap "rm -rf '$tmp' '$tmp.old'" EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	"$@" "$tmp"
	[ -s "$tmp/manifest.json" ] || die "the build of $dir left no manifest"
	find "$tmp" -type f -exec chmod a=rX {} +
	chmod 0755 "$tmp"
	find "$tmp" -type f -exec sync {} +
	[ ! -e "$dir" ] || mv -T "$dir" "$tmp.old"
	mv -T "$tmp" "$dir"
	rm -rf "$tmp.old"
	trap - EXIT INT TERM HUP
}

# publish TARGET LINK: makes LINK a symbolic link to TARGET in one step, whatever link was there.
publish() {
	local target=$1 link=$2 tmp
	[ "$(readlink "$link" 2>/dev/null || true)" != "$target" ] || return 0
	[ -L "$link" ] || [ ! -e "$link" ] || die "$link exists and is not a symbolic link; move it away"
	mkdir -p "$(dirname "$link")"
	tmp=$(mktemp -u "$link.XXXXXX")
	ln -s "$target" "$tmp"
	mv -T "$tmp" "$link"
}
