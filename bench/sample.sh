#!/bin/bash
# A node the way Salad's published Tailscale sample starts one (tailscale-integration, basic/start.sh): two sleeps of
# five seconds, the key in argv, no supervision. Only for the comparison in bench/boot.py.
tailscaled --tun=userspace-networking --socks5-server=localhost:1055 --statedir=/var/lib/tailscale --port=41641 &
sleep 5
tailscale set --accept-dns=false
tailscale up --auth-key="$TS_AUTHKEY" --hostname="$TS_HOSTNAME" --login-server="$TS_LOGIN_SERVER"
sleep 5
tailscale set --ssh
printenv >/etc/environment
/opt/jupyter/bin/python -I -m jupyterlab --allow-root --no-browser --ip='*' --port=8888 \
    --IdentityProvider.token='' &
sleep infinity
