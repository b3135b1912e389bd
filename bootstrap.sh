#!/bin/sh
# The environment in .venv: with uv where it is present or can be had from the package index, else with venv and pip.
set -eu

extras='airflow,engine,postgres,web,test'

find_python() {
    for candidate in "${PYTHON:-}" python3.12 python3.11 python3.13 python3; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Mecmua needs Python 3.11, 3.12 or 3.13; set PYTHON=/path/to/python" >&2
    exit 1
}

python=$(find_python)
if ! .venv/bin/python -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
    rm -rf .venv
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --python "$python" .venv
    else
        "$python" -m venv .venv
    fi
fi

if command -v uv >/dev/null 2>&1; then
    uv=uv
elif .venv/bin/python -m uv --version >/dev/null 2>&1 || .venv/bin/python -m pip install --quiet uv 2>/dev/null; then
    uv='.venv/bin/python -m uv'
else
    uv=''
fi

echo "Installing Mecmua and what it needs into .venv ..."
# Compiled now, for an environment that forbids it later (PYTHONDONTWRITEBYTECODE, as in many containers) would compile
# everything anew in each process: seconds for every command.
if [ -n "$uv" ] && $uv pip install --quiet --compile-bytecode --python .venv/bin/python -c constraints.txt -e ".[$extras]"; then
    :
else
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip --upgrade >/dev/null
    .venv/bin/python -m pip install --quiet -c constraints.txt -e ".[$extras]"
fi
.venv/bin/python -m compileall -q pipeline
