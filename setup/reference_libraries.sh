# The virtual environment of the reference libraries, shared by tests/oracle and bench.
# Sourced, from the root of the tree.
# shellcheck shell=bash

readonly reference_environment=build/oracle/environment

# install_reference_libraries: makes the environment, unless it is as tests/oracle/requirements.txt
# asks. Its Python is $reference_environment/bin/python.
install_reference_libraries() {
  local wanted
  wanted=$(sha256sum tests/oracle/requirements.txt)
  [[ "$(cat "$reference_environment/installed" 2>/dev/null)" != "$wanted" ]] || return 0
  printf 'installing the reference libraries\n' >&2
  rm -rf "$reference_environment"
  mkdir -p build/oracle
  /usr/bin/python3 -m venv "$reference_environment" &&
    "$reference_environment/bin/pip" install -qq --disable-pip-version-check \
      -r tests/oracle/requirements.txt >&2 &&
    printf '%s\n' "$wanted" >"$reference_environment/installed"
}
