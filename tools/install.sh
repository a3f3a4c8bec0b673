#!/bin/sh
# Makes .venv from requirements.lock: finds Python 3.11 or newer, brings uv into .venv, installs by hash.
# .venv/.installed names the folder that .venv was made for; without it .venv is half done and made anew.
set -eu
CDPATH='' cd -- "$(dirname "$0")/.."
here=$(pwd -P)

fail() {
    echo "$*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.11 or newer."
        python=$PYTHON
        return
    fi
    for candidate in python3.13 python3.12 python3.11 python3 python; do
        is_new_enough "$candidate" || continue
        python=$candidate
        "$candidate" -c 'import ensurepip, venv' 2>/dev/null && return
    done
    [ -n "${python:-}" ] ||
        fail "hyperbot needs Python 3.11 or newer; none was found. Set PYTHON=/path/to/python and try again."
}

make_venv() {
    find_python
    rm -rf .venv
    if uv --version >/dev/null 2>&1; then
        uv=uv
        "$python" -m venv --without-pip .venv
        return
    fi
    "$python" -c 'import ensurepip' 2>/dev/null ||
        fail "$python cannot make environments. On Debian and Ubuntu: apt-get install python3-venv"
    "$python" -m venv .venv
    awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock >.venv/uv.txt
    PIP_USER=0 .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement .venv/uv.txt ||
        fail "uv could not be installed: is there a network? Try again when there is."
    uv=.venv/bin/uv
}

install() {
    "$uv" pip "$@" --quiet --python .venv/bin/python --compile-bytecode
}

echo "Installing hyperbot into .venv ..."
uv=.venv/bin/uv
if [ "$(cat .venv/.installed 2>/dev/null)" != "$here" ] || ! is_new_enough .venv/bin/python || [ ! -x "$uv" ]; then
    make_venv
fi
# What the cache holds needs no network: the hashes say it is the same.
install sync --offline --require-hashes requirements.lock 2>/dev/null ||
    install sync --require-hashes requirements.lock ||
    fail "The packages could not be installed: the lines above say why. Then try again."
install install --no-deps --no-build-isolation --editable .
echo "$here" >.venv/.installed
