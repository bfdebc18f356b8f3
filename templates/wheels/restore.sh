#!/bin/sh
# Put back what slimming took out of installed wheels, their headers above all: restore.sh LOCK ENVIRONMENT. No network.
set -eu
cache=/root/.cache/uv
index=$cache/tailbox/$(sha256sum < "$1" | cut -c1-64)
UV_DEFAULT_INDEX=$(sed -n 1p "$index")
UV_INDEX=$(sed -n 2p "$index")
[ -z "$UV_DEFAULT_INDEX" ] || export UV_DEFAULT_INDEX
[ -z "$UV_INDEX" ] || export UV_INDEX
links=$(mktemp -d -p "$cache")
trap 'rm -rf "$links"' EXIT
UV_LINK_MODE=hardlink /run/uv pip install --quiet --offline --python "$2" --target "$links" --no-deps --require-hashes -r "$1"
cp -Rn "$links/." "$2"/lib/python3*/site-packages
