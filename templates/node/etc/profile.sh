# shellcheck shell=sh
# Debian's /etc/profile sets PATH anew in login shells: the node's PATH comes back here.
if [ -r /run/tailbox/path ]; then
    IFS= read -r PATH < /run/tailbox/path || :
    export PATH
fi
