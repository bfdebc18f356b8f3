#!/bin/sh
# Make the virtual environment .venv from a bare python3: `bootstrap.sh runtime` or `bootstrap.sh dev`.
set -eu

cd "$(dirname "$0")/.."
kind=$1
lock=requirements.lock
[ "$kind" = dev ] && lock=requirements-dev.lock
python=${PYTHON:-python3}

fail() {
    printf 'tailbox: %s\n  do: %s\n' "$1" "$2" >&2
    exit 3
}

command -v "$python" >/dev/null 2>&1 ||
    fail "python3 is missing" "apt-get install python3 python3-venv (Debian, Ubuntu) or https://www.python.org/downloads"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$("$python" -V 2>&1) is too old, 3.11 or newer is needed" "make PYTHON=/path/to/python3.11 ..."
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "this python3 cannot make virtual environments" "apt-get install python3-venv"

if [ ! -x .venv/bin/uv ]; then
    printf 'tailbox: making .venv with %s\n' "$("$python" -V)" >&2
    rm -rf .venv
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r images/locks/uv.txt
fi
export VIRTUAL_ENV="$PWD/.venv"
.venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode "$lock"
if [ "$kind" = dev ]; then
    .venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
else
    # The same command without a build backend. A `#!` line takes no path with a space: the shell starts python.
    root=$(printf '%s' "$PWD" | sed "s/'/'\\\\''/g")
    cat > .venv/bin/tailbox <<END
#!/bin/sh
exec '$root/.venv/bin/python' -P -c 'import sys

sys.path.insert(0, sys.argv.pop(1))

from builder.cli.main import main

sys.exit(main())' '$root' "\$@"
END
    chmod +x .venv/bin/tailbox
fi
rm -f .venv/.ready-*
: > ".venv/.ready-$kind"
[ "$kind" = runtime ] || : > .venv/.ready-runtime
