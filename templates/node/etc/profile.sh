# shellcheck shell=sh
# Restore the node's PATH, which Debian's /etc/profile replaces in login shells.
if [ -r /run/tailbox/path ]; then
    IFS= read -r PATH < /run/tailbox/path || :
    export PATH
fi
