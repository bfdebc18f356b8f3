// Command session is the login shell of every account of a node.
//
// It gives the session the node's exact environment and then becomes the real shell. The environment is a file of
// NUL-separated NAME=VALUE entries that the entrypoint wrote; values are copied byte by byte, so no quoting exists that
// could go wrong. An entry of the file wins over what the session brought; names that belong to a session (HOME, TERM,
// SSH_CONNECTION ...) are never written into the file. Without the file the session keeps what it has.
//
// The real shell is the first line of ~/.config/tailbox/shell, else /bin/bash. SHELL names the real shell, so what a
// session starts later (tmux, scripts, terminals) does not come back here and keeps changed values.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	shellFile    = ".config/tailbox/shell"
	defaultShell = "/bin/bash"
)

// environFile is set anew by the linker where the program is tested.
var environFile = "/run/tailbox/environ"

// secrets are the node's, by the start of their names: `docker exec` hands them to a session from the container's config.
var secrets = []string{
	"TS_AUTHKEY", "TAILSCALE_AUTH", "TS_CLIENT_SECRET", "TS_ID_TOKEN", "JUPYTER_TOKEN", "JUPYTER_PASSWORD", "NODE_IDENTITY",
}

// sessionEnvironment is the file's entries, then the session's own; of one name the first is kept. SHELL is ours to set.
func sessionEnvironment(shell string) []string {
	kept := []string{"SHELL=" + shell}
	taken := map[string]bool{"SHELL": true}
	for _, entry := range append(fileEntries(), os.Environ()...) {
		name, _, whole := strings.Cut(entry, "=")
		if !whole || name == "" || taken[name] || isSecret(name) {
			continue
		}
		taken[name] = true
		kept = append(kept, entry)
	}
	return kept
}

func fileEntries() []string {
	text, ok := slurp(environFile)
	if !ok {
		return nil
	}
	return strings.Split(text, "\x00")
}

func isSecret(name string) bool {
	for _, start := range secrets {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// slurp reads a regular file: one that is a pipe or a device would let the session wait for ever.
func slurp(path string) (string, bool) {
	if !isRegular(path) {
		return "", false
	}
	text, err := os.ReadFile(path)
	return string(text), err == nil
}

func isRegular(path string) bool {
	found, err := os.Stat(path)
	return err == nil && found.Mode().IsRegular()
}

// realShell is the account's choice where it is a program, and not this one.
func realShell() string {
	home := os.Getenv("HOME")
	text, ok := slurp(filepath.Join(home, shellFile))
	chosen, _, _ := strings.Cut(strings.ReplaceAll(text, "\r", "\n"), "\n")
	const executable = 1
	if home == "" || !ok || !strings.HasPrefix(chosen, "/") || !isRegular(chosen) || isOwn(chosen) {
		return defaultShell
	}
	if syscall.Access(chosen, executable) != nil {
		return defaultShell
	}
	return chosen
}

func isOwn(path string) bool {
	own, err := os.Stat("/proc/self/exe")
	other, failed := os.Stat(path)
	return err == nil && failed == nil && os.SameFile(own, other)
}

// become returns only where it fails. argv[0] is the shell's own name, with the leading '-' of a login shell where we
// were called with one.
func become(shell string, arguments []string) {
	name := filepath.Base(shell)
	if strings.HasPrefix(arguments[0], "-") {
		name = "-" + name
	}
	err := syscall.Exec(shell, append([]string{name}, arguments[1:]...), sessionEnvironment(shell))
	fmt.Fprintf(os.Stderr, "%s: %v\n", shell, err)
}

func main() {
	arguments := os.Args
	if len(arguments) == 0 {
		arguments = []string{"session"}
	}
	for _, shell := range slices.Compact([]string{realShell(), defaultShell, "/bin/sh"}) {
		become(shell, arguments)
	}
	os.Exit(126)
}
