# The virtual environment of the reference libraries, shared by tests/oracle and bench.
# Sourced, from the root of the tree.
# shellcheck shell=bash

readonly reference_environment=build/oracle/environment

# install_environment NAME REQUIREMENTS: makes build/oracle/NAME, unless it is as the file asks.
install_environment() {
  local environment=build/oracle/$1 requirements=$2 wanted
  wanted=$(sha256sum "$requirements")
  [[ "$(cat "$environment/installed" 2>/dev/null)" != "$wanted" ]] || return 0
  printf 'installing the reference libraries of %s\n' "$requirements" >&2
  rm -rf "$environment"
  mkdir -p build/oracle
  /usr/bin/python3 -m venv "$environment" &&
    "$environment/bin/pip" install -qq --disable-pip-version-check -r "$requirements" >&2 &&
    printf '%s\n' "$wanted" >"$environment/installed"
}

# install_reference_libraries: the environment of tests/oracle/requirements.txt. Its Python is
# $reference_environment/bin/python.
install_reference_libraries() {
  install_environment "${reference_environment##*/}" tests/oracle/requirements.txt
}
