#!/bin/sh
# cosign as it is on PATH elsewhere: Debian's, in a container that shares this host's network, files and logins.
exec docker run --rm --network=host --volume=/tmp:/tmp --volume="$DOCKER_CONFIG:/login:ro" --volume="$PWD:$PWD" \
    --workdir="$PWD" --env=DOCKER_CONFIG=/login --env=COSIGN_PASSWORD=secret --entrypoint=cosign "$COSIGN_IMAGE" "$@"
