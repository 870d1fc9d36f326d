#!/bin/sh
# install.sh builds git-seal from its own directory and installs it. With --demo
# it also builds a Sigstore that runs only on this machine, and shows how git
# signs and verifies with it. It reads nothing from stdin.
set -eu
umask 022

usage() {
	cat <<'END'
usage: ./install.sh [--prefix DIR] [--demo | --uninstall]

    --prefix DIR   install under DIR (default: ~/.local)
    --demo         install, then show how git signs and verifies, with a Sigstore
                   that runs only on this machine (downloads and builds more)
    --uninstall    remove exactly what was installed under DIR
    --help         show this help

  Without --demo, only the modules of git-seal are downloaded.
END
}

say() { printf '%s\n' "$*"; }

# die ERROR [HINT [EXIT]]
die() {
	printf 'install.sh: error: %s\n' "$1" >&2
	if [ -n "${2:-}" ]; then printf 'install.sh: hint: %s\n' "$2" >&2; fi
	exit "${3:-1}"
}

# --- the end, whichever it is ------------------------------------------------

# Every process started from here inherits descriptor 9, one end of a pipe. The
# other end reaches its end when the last of them is gone, even those that lost
# their parent, such as a compiler whose go was interrupted.
prepare() {
	tmp=$(mktemp -d "${TMPDIR:-/tmp}/git-seal.XXXXXX") || die "cannot create a temporary directory" "set TMPDIR to a directory that you can write to"
	# dash does not run the trap for EXIT if a signal's trap exits while exec waits
	# for a pipe to open, so the signals' traps call finish themselves.
	trap finish EXIT
	trap 'finish 129' HUP
	trap 'finish 130' INT
	trap 'finish 143' TERM
	mkfifo "$tmp/alive"
	exec 9<>"$tmp/alive" </dev/null
}

finish() {
	status=${1:-$?}
	trap '' HUP INT TERM
	trap - EXIT
	exec 2>/dev/null
	cd /
	# SIGKILL, because anything that they would still save is in $tmp.
	# shellcheck disable=SC2046,SC2086 # one word for each process
	kill -9 ${job:-} ${sandbox:-} $(descendants) || :
	exec 8<"$tmp/alive" 9>&-
	cat <&8 || :
	rm -rf "$tmp"
	exit "$status"
}

# descendants prints the processes started from this one. Without ps it prints
# none, and finish waits for them.
descendants() {
	ps -A -o pid= -o ppid= | awk -v top=$$ '
		{ parent[$1] = $2 }
		END {
			for (p in parent) {
				for (q = p; q in parent && q != top && q > 1; q = parent[q]) {}
				if (q == top && p != top) print p
			}
		}'
}

# --- requirements ------------------------------------------------------------

# at_least HAVE NEED compares dotted version numbers.
at_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

# check_go DIR FOR checks that this go is new enough for the module in DIR.
check_go() {
	need=$(sed -n 's/^go //p' "$1/go.mod")
	command -v go >/dev/null || die "go is not on PATH" "install Go $need or newer: https://go.dev/doc/install"
	# Outside any module and with GOTOOLCHAIN=local, go prints its own version and fetches nothing.
	have=$(cd / && GOTOOLCHAIN=local go env GOVERSION | sed -n 's/.*go\([0-9][0-9.]*\).*/\1/p')
	if at_least "${have:-0}" "$need"; then return; fi
	case $(cd / && go env GOTOOLCHAIN) in
	*auto)
		say "This is Go $have. $2 needs Go $need, which go downloads by itself (GOTOOLCHAIN=auto)."
		;;
	*)
		(cd "$1" && go version >/dev/null 2>&1) ||
			die "this is Go ${have:-of an unknown version}; $2 needs Go $need or newer" \
				"install a newer Go (https://go.dev/doc/install), or let go download one: GOTOOLCHAIN=auto $0"
		;;
	esac
}

check_git() {
	command -v git >/dev/null || die "git is not on PATH" "install git 2.39 or newer with your system's package manager"
	have=$(git version | sed -n 's/^git version \([0-9][0-9.]*\).*/\1/p')
	at_least "${have:-0}" 2.39 || die "this is git ${have:-of an unknown version}; git-seal needs git 2.39 or newer" \
		"install a newer git with your system's package manager, or from https://git-scm.com/downloads"
}

# check_prefix tries to write to each directory before anything is built: the
# mode of a directory does not say everything.
check_prefix() {
	for dir in $dirs; do
		near=$prefix/$dir
		while [ ! -e "$near/" ] && [ ! -e "$near" ]; do near=${near%/*}; done
		if [ ! -d "$near/" ]; then
			die "cannot install under $prefix: $near is not a directory" "choose another directory with --prefix DIR"
		elif ! mkdir "$near/.git-seal.$$" 2>/dev/null || ! rmdir "$near/.git-seal.$$"; then
			die "cannot install under $prefix: no permission to write to ${near:-/}" "choose another directory with --prefix DIR, or run it as a user who may write there"
		fi
	done
}

# --- building ----------------------------------------------------------------

# use_go keeps go's settings and caches where they are, and keeps its usage
# counters out of the home directory.
use_go() {
	if [ "$(uname)" != Darwin ]; then
		config=${XDG_CONFIG_HOME:-$HOME/.config}
		export GOENV="${GOENV:-$config/go/env}"
		mkdir "$tmp/config"
		ln -s "$config/git" "$tmp/config/git"
		export XDG_CONFIG_HOME="$tmp/config"
	fi
	mkdir "$tmp/go"
	export GOTMPDIR="$tmp/go" CGO_ENABLED=0 GOWORK=off
	# If a hook or an alias runs this, these name its own repository.
	# shellcheck disable=SC2046 # one word for each variable
	unset $(git rev-parse --local-env-vars)
}

# build NAME MODULE PACKAGE FLAGS... builds the program $tmp/NAME.
build() {
	name=$1 module=$2 package=$3
	shift 3
	go_step list -buildvcs=false -deps "$package" # with -buildvcs it would ask the user's git for the version
	total=$(wc -l <"$tmp/stdout")
	go_step build -v -ldflags '-s -w' "$@" -o "$tmp/$name" "$package"
	say "  $name: built"
}

# go_step ARGS... runs go ARGS in $module for $name and shows the progress. It
# runs in the background, so that the shell can be interrupted at any time.
go_step() {
	: >"$tmp/errors"
	rm -f "$tmp/progress"
	mkfifo "$tmp/progress"
	progress <"$tmp/progress" &
	counter=$!
	(
		# go may need the user's git to fetch modules; the build needs it only for
		# the version.
		if [ "$1" = build ]; then plain_git; fi
		cd "$module" && exec go "$@"
	) >"$tmp/stdout" 2>"$tmp/progress" &
	job=$!
	status=0
	wait "$job" || status=$?
	wait "$counter" || :
	job=
	if [ "$status" -ne 0 ]; then
		cat "$tmp/errors" >&2
		die "$name: go $1 ended with exit code $status" "see go's output above; without a network, go needs the modules in its cache"
	fi
}

# progress reads the output of go list and go build -v: a line for each module
# that is downloaded and for each package that is compiled. The rest is errors.
progress() {
	modules=0 packages=0
	while IFS= read -r line; do
		case $line in
		'go: downloading '*)
			modules=$((modules + 1))
			show_progress "$modules" 20 "$modules modules downloaded"
			;;
		*[!A-Za-z0-9._/~@+-]*)
			printf '%s\n' "$line" >>"$tmp/errors"
			;;
		*)
			packages=$((packages + 1))
			show_progress "$packages" 200 "$packages of at most $((total)) packages compiled"
			;;
		esac
	done
	if [ -n "$terminal" ]; then printf '\r\033[K'; fi
}

# show_progress COUNT EVERY TEXT
show_progress() {
	if [ -n "$terminal" ]; then
		printf '\r\033[K  %s: %s' "$name" "$3"
	elif [ $(($1 % $2)) -eq 0 ]; then
		printf '  %s: %s\n' "$name" "$3"
	fi
}

build_git_seal() {
	# go gets the version from git. A repository around an unpacked archive does not
	# count, and one that git cannot read would stop the build.
	vcs=false
	if [ -e "$root/.git" ] && (plain_git && git -C "$root" rev-parse --quiet --verify HEAD >/dev/null 2>&1); then vcs=true; fi
	build git-seal "$root" ./cmd/git-seal -trimpath -buildvcs="$vcs"
}

# plain_git makes git ignore the user's and the system's configuration, and trust
# this repository, whoever owns it: its code is running already.
plain_git() {
	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$root"
}

# --- installing --------------------------------------------------------------

dirs='bin share/man/man1 share/bash-completion/completions share/zsh/site-functions share/fish/vendor_completions.d share/git-seal'

install_all() {
	for shell in bash zsh fish; do
		"$tmp/git-seal" completion "$shell" >"$tmp/completion.$shell"
	done
	# The list is written before each step, so that --uninstall also removes what an
	# interrupted run has begun.
	make_directory "$prefix/share/git-seal"
	note "$list"
	put 755 "$tmp/git-seal" bin/git-seal
	put 644 "$root/docs/man/git-seal.1" share/man/man1/git-seal.1
	put 644 "$tmp/completion.bash" share/bash-completion/completions/git-seal
	put 644 "$tmp/completion.zsh" share/zsh/site-functions/_git-seal
	put 644 "$tmp/completion.fish" share/fish/vendor_completions.d/git-seal.fish
	say "Installed under $prefix:"
	grep -v '/$' "$list" | while IFS= read -r path; do say "  ${path#"$prefix"/}"; done
}

# put MODE FILE PLACE installs a file completely or not at all.
put() {
	make_directory "$prefix/${3%/*}"
	note "$prefix/$3"
	cp "$2" "$tmp/put"
	chmod "$1" "$tmp/put"
	mv -f "$tmp/put" "$prefix/$3"
}

# make_directory creates a directory and lists those that did not exist before.
make_directory() {
	missing "$1" >"$tmp/made"
	mkdir -p "$1"
	while IFS= read -r made; do note "$made"; done <"$tmp/made"
}

# missing prints the directories on the way to $1 that do not exist yet.
missing() {
	if [ -d "$1/" ]; then return; fi
	missing "${1%/*}"
	printf '%s/\n' "$1"
}

note() {
	if ! grep -Fqx -e "$1" "$list" 2>/dev/null; then printf '%s\n' "$1" >>"$list"; fi
}

tell_path() {
	say ''
	case :$user_path: in
	*":$prefix/bin:"*) say "git-seal is ready to use:" ;;
	*)
		say "To use git-seal, add its directory to PATH in your shell's start-up file:"
		case ${SHELL:-} in
		*/fish) say "  fish_add_path '$prefix/bin'" ;;
		*) say "  export PATH=\"$prefix/bin:\$PATH\"" ;;
		esac
		say "Then run:"
		;;
	esac
	say "  git seal init --global    # for the rest of the set-up, see README.md"
	case ${SHELL:-} in
	*/zsh) say "For completion in zsh, before compinit: fpath+=('$prefix/share/zsh/site-functions')" ;;
	esac
}

uninstall() {
	if [ ! -f "$list" ]; then die "git-seal is not installed under $prefix" "name the directory that it was installed under: --prefix DIR"; fi
	# In reverse order, so that files are removed before their directory.
	LC_ALL=C sort -r "$list" | while IFS= read -r path; do
		case $path in
		*/) rmdir "$path" 2>/dev/null || : ;; # not empty: other files are in it
		"$prefix"/*) rm -f "$path" ;;
		esac
	done
	say "Removed git-seal from $prefix."
}

# --- the demo ----------------------------------------------------------------

announce() {
	cat <<END
${bold}git-seal at work${plain}

A signed commit shows who made it. git-seal signs with the account that you
already log in with, so you need no key: Sigstore, a free service, issues a
certificate for each signature and records it in a public log.

This demo runs a complete Sigstore on this machine, creates a repository, and
lets git sign and verify in it. It does not read or change your git
configuration.

  downloads   about 250 MB of Go modules
  builds      for about 3 minutes on two cores the first time, then in seconds
  installs    git-seal under $prefix
  leaves      nothing else except Go's caches (up to 2.5 GB with what was built;
              "go clean -cache -modcache" empties them)

END
}

demo() {
	start_sigstore
	a_signature
	who_may_sign
	a_good_one
	a_stranger
	a_changed_byte
	no_signature
	all_of_them
	say ''
	say "That was the demo: $shown commands, and each had the expected result. The Sigstore"
	say "and the repository are removed now; git-seal stays. To remove it: --uninstall."
}

# leave_home removes everything that belongs to the user from the environment.
leave_home() {
	# shellcheck disable=SC2046 # one word for each variable
	unset $(env | sed -n 's/^\(GIT_[A-Za-z0-9_]*\)=.*/\1/p; s/^\(SIGSTORE_[A-Za-z0-9_]*\)=.*/\1/p') EMAIL PAGER
	mkdir -p "$tmp/home" "$tmp/run"
	export HOME="$tmp/home" XDG_CONFIG_HOME="$tmp/home/.config" XDG_CACHE_HOME="$tmp/home/.cache"
	export XDG_DATA_HOME="$tmp/home/.local/share" XDG_STATE_HOME="$tmp/home/.local/state" XDG_RUNTIME_DIR="$tmp/run"
	export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL="$tmp/home/.gitconfig" GIT_PAGER=cat LC_ALL=C
	export PATH="$prefix/bin:$tmp:$PATH"
}

chapter() { printf '\n%s-- %s%s\n' "$bold" "$1" "$plain"; }

# show EXIT WORDS COMMAND prints a command, runs it and prints its output. If the
# exit code is not EXIT, or one of WORDS is not in the output, the demo fails.
show() {
	printf '%s$ %s%s\n' "$bold" "$3" "$plain"
	status=0
	eval "$3" >"$tmp/said" 2>&1 || status=$?
	sed 's/^/  /' "$tmp/said"
	if [ "$status" -ne 0 ]; then say "  (exit code $status)"; fi
	if [ "$status" -ne "$1" ]; then die "the demo failed: exit code $status instead of $1"; fi
	for word in $2; do
		grep -q -e "$word" "$tmp/said" || die "the demo failed: \"$word\" is not in the output"
	done
	shown=$((shown + 1))
}

start_sigstore() {
	chapter "Your own Sigstore"
	say "A certificate authority, a log, timestamps and a login for alice@example.com:"
	say "the real services, in one process, which listens only on this machine."
	command="sigstore-sandbox --dir $tmp/sigstore --identity alice@example.com"
	printf '%s$ %s &%s\n' "$bold" "$command" "$plain"
	mkfifo "$tmp/ready"
	$command >"$tmp/ready" 2>"$tmp/sandbox.log" &
	sandbox=$!
	exec 3<"$tmp/ready"
	if ! IFS= read -r ready <&3 || ! IFS= read -r init <&3; then
		cat "$tmp/sandbox.log" >&2
		die "the sandbox did not start" "see its output above"
	fi
	say "  $ready"
}

a_signature() {
	chapter "Alice signs"
	say "In a new repository, one command makes git use git-seal. (For the public Sigstore"
	say "instance it is \"git seal init\"; this longer one names the services just started.)"
	show 0 '' "git init -q -b main $tmp/repo && cd $tmp/repo"
	show 0 '' 'git config user.name Alice && git config user.email alice@example.com'
	show 0 '' "$init"
	say "Then git signs as usual. No key was made beforehand, and none is kept."
	show 0 '' 'echo "Bob 10" > payments && git add payments'
	show 0 '' 'git commit -q -S -m "Pay Bob 10"'
	show 0 '' 'git tag -s -m "first payments" v1.0'
}

who_may_sign() {
	chapter "Who may sign?"
	say "The signature is valid, but anyone can make a valid one. Until you say who may"
	say "sign, git-seal trusts no one:"
	show 1 untrusted 'git verify-commit main'
	show 0 alice@example.com 'git seal policy allow main --yes'
	# shellcheck disable=SC2016 # expanded where it is shown
	show 0 alice@example.com 'cat "$(git config --path seal.policy)"'
}

a_good_one() {
	chapter "A good commit"
	show 0 good 'git verify-commit main'
	show 0 good 'git verify-tag v1.0'
}

a_stranger() {
	chapter "A commit by a stranger"
	say "Mallory has an account too. She can write Alice's name into a commit, but she can"
	say "only sign it as herself."
	show 0 '' "sigstore-sandbox --dir $tmp/sigstore --token-for mallory@example.com > $tmp/mallory"
	show 0 '' 'git switch -q -c stranger main && echo "Mallory 10" >> payments'
	show 0 '' "git -c seal.tokenFile=$tmp/mallory commit -q -a -S -m 'Pay Mallory 10'"
	show 1 'untrusted mallory@example.com' 'git verify-commit stranger'
}

a_changed_byte() {
	chapter "A changed commit"
	say "Alice's commit with her signature, but with a 9 instead of a 1."
	show 0 '' "git cat-file commit main | sed 's/Pay Bob 10/Pay Bob 90/' > $tmp/changed"
	show 0 '' "git branch tampered \$(git hash-object -t commit -w $tmp/changed)"
	show 1 bad 'git verify-commit tampered'
}

no_signature() {
	chapter "A commit without a signature"
	say "Anyone can write Alice's name into a commit. Git prints nothing here, and fails."
	show 0 '' 'git switch -q -c unsigned main && echo "Eve 10" >> payments'
	show 0 '' 'git commit -q -a --no-gpg-sign -m "Pay Eve 10"'
	show 1 '' 'git verify-commit unsigned'
}

all_of_them() {
	chapter "All of them"
	show 0 'good untrusted bad Eve' 'git log --show-signature --no-walk=unsorted main stranger tampered unsigned'
	show 1 '^good:.commit ^good:.tag ^untrusted: ^bad: ^unsigned:' 'git seal verify main v1.0 stranger tampered unsigned'
	say "The same in git's own letters: good, untrusted, bad, none."
	show 0 '^G ^U ^B ^N' "git log --no-walk=unsorted --format='%G? %GS: %s' main stranger tampered unsigned"
}

# --- arguments ---------------------------------------------------------------

root=$(cd "$(dirname "$0")" && pwd -P)
prefix='' action=install
while [ $# -gt 0 ]; do
	case $1 in
	--prefix)
		[ $# -ge 2 ] || die "--prefix needs a directory" "" 2
		prefix=$2
		shift
		;;
	--prefix=*) prefix=${1#*=} ;;
	--demo | --uninstall)
		[ "$action" = install ] || die "--demo and --uninstall cannot be used together" "" 2
		action=${1#--}
		;;
	-h | --help)
		usage
		exit
		;;
	*)
		usage >&2
		die "unknown argument \"$1\"" "" 2
		;;
	esac
	shift
done

if [ -z "$prefix" ]; then
	[ -n "${HOME:-}" ] || die "HOME is not set" "choose a directory with --prefix DIR"
	prefix=$HOME/.local
fi
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac
prefix=${prefix%/}
list=$prefix/share/git-seal/installed

user_path=$PATH
terminal='' bold='' plain=''
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
	terminal=yes
	if [ -z "${NO_COLOR:-}" ]; then bold=$(printf '\033[1m') plain=$(printf '\033[0m'); fi
fi

if [ "$action" = uninstall ]; then
	uninstall
	exit
fi

check_git
check_prefix
prepare
use_go
check_go "$root" git-seal
if [ "$action" = demo ]; then
	check_go "$root/cmd/sigstore-sandbox" "the demo's Sigstore"
	announce
fi
if [ "$action" = demo ]; then chapter "Build and install"; fi
build_git_seal
# With the flags of the tests, so that they find it in the cache.
if [ "$action" = demo ]; then build sigstore-sandbox "$root/cmd/sigstore-sandbox" . -buildvcs=false; fi
install_all
if [ "$action" = demo ]; then
	leave_home
	shown=0
	demo
fi
tell_path
