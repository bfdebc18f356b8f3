#!/bin/sh
# Bring the wheels of a lock into uv's cache: fetch.sh LOCK [PYTHON], with the host's settings in the environment.
# PYTHON is the one that they are for, the system's where none is named.
# Nothing is built: the code of a source distribution would see those settings.
# uv sorts its cache by index, so the indexes are kept beside the wheels, for install.sh; uv needs no password of them there.
set -eu
cache=/root/.cache/uv
links=$(mktemp -d -p "$cache")
trap 'rm -rf "$links"' EXIT
UV_COMPILE_BYTECODE=0 UV_LINK_MODE=hardlink /run/uv pip install --quiet --python "${2:-/usr/bin/python3}" --target "$links" \
    --no-build --no-deps --require-hashes -r "$1"
mkdir -p "$cache/tailbox"
printf '%s\n%s\n' "${UV_DEFAULT_INDEX:-}" "${UV_INDEX:-}" | sed 's,//[^/ ]*@,//,g' > "$links/index"
mv "$links/index" "$cache/tailbox/$(sha256sum < "$1" | cut -c1-64)"
