package main

import "tailscale.com/tailcfg"

// defaultSSHPolicy admits every node to every account under the account's own name. "*" does not cover root.
func defaultSSHPolicy() *tailcfg.SSHPolicy {
	return &tailcfg.SSHPolicy{Rules: []*tailcfg.SSHRule{{
		Principals: []*tailcfg.SSHPrincipal{{Any: true}},
		SSHUsers:   map[string]string{"*": "=", "root": "root"},
		Action: &tailcfg.SSHAction{
			Accept:                    true,
			AllowAgentForwarding:      true,
			AllowLocalPortForwarding:  true,
			AllowRemotePortForwarding: true,
		},
	}}}
}
