# Installs the Debian packages that a script needs, or says what to run where it cannot.
# Sourced by ./weft and ./check. Talks on stderr only.
# shellcheck shell=bash

# The exit status of a set-up that failed: to a caller, weft could not be read.
readonly setup_failed=3

# stop_setup REASON [LINE]: says why, prints the line to run, and ends the script.
stop_setup() {
  printf 'weft: %s\n' "$1" >&2
  (($# == 1)) || printf '%s\n' "$2" >&2
  exit "$setup_failed"
}

# listed_packages LIST...: the packages of the list files, one a line.
listed_packages() { sed -e 's/[[:space:]]*#.*//' -e '/^$/d' -- "$@"; }

# missing_packages LIST...: those that are not installed, in one line.
missing_packages() {
  local -a wanted installed
  mapfile -t wanted < <(listed_packages "$@")
  mapfile -t installed < <(
    dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' -- "${wanted[@]}" 2>/dev/null |
      sed -n 's/^installed //p'
  )
  local package missing=''
  for package in "${wanted[@]}"; do
    [[ " ${installed[*]} " == *" $package "* ]] || missing+=" $package"
  done
  printf '%s' "${missing# }"
}

# install_packages LIST...: installs what is missing.
install_packages() {
  if ! command -v dpkg-query apt-get >/dev/null; then
    local -a wanted
    mapfile -t wanted < <(listed_packages "$@")
    stop_setup 'this system has no apt-get. On Debian 12 the line to run is:' \
      "apt-get update && apt-get install -y --no-install-recommends ${wanted[*]}"
  fi

  local missing
  missing=$(missing_packages "$@")
  [[ -n $missing ]] || return 0

  local -a as_root=()
  if ((EUID != 0)); then
    as_root=(sudo -n)
    if ! command -v sudo >/dev/null; then
      stop_setup 'system packages are missing and there is no sudo. Run as root:' \
        "apt-get update && apt-get install -y --no-install-recommends $missing"
    elif ! sudo -n true 2>/dev/null </dev/null; then
      stop_setup 'system packages are missing and sudo asks for a password. Run:' \
        "sudo apt-get update && sudo apt-get install -y --no-install-recommends $missing"
    fi
  fi

  printf 'weft: installing %s\n' "$missing" >&2
  as_root+=(env DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
  # A source that cannot be reached does no harm as long as another one has the packages.
  "${as_root[@]}" update </dev/null >&2 || printf 'weft: apt-get update failed\n' >&2
  # shellcheck disable=SC2086  # one word for each package
  if ! "${as_root[@]}" install -y --no-install-recommends $missing </dev/null >&2; then
    stop_setup 'the packages could not be installed. Repair what apt-get says above, then run:' \
      "${as_root[*]} install -y --no-install-recommends $missing"
  fi
}
