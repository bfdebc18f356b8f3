#!/bin/sh
# Install the wheels of a lock that fetch.sh brought into uv's cache: install.sh LOCK ENVIRONMENT. No network.
set -eu
index=/root/.cache/uv/tailbox/$(sha256sum < "$1" | cut -c1-64)
if [ ! -f "$index" ]; then
    echo "the builder's cache no longer has the wheels of this lock" >&2
    exit 1
fi
UV_DEFAULT_INDEX=$(sed -n 1p "$index")
UV_INDEX=$(sed -n 2p "$index")
[ -z "$UV_DEFAULT_INDEX" ] || export UV_DEFAULT_INDEX
[ -z "$UV_INDEX" ] || export UV_INDEX
export UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy NO_COLOR=1
/run/uv pip install --quiet --offline --python "$2" --no-deps --require-hashes -r "$1"
python3 -I /run/record.py "$1" "$2"/lib/python3*/site-packages
