// Command session is the login shell of every account of a node.
//
// It gives the session the node's exact environment and then becomes the real shell. The entrypoint writes the
// environment as a file of NUL-separated NAME=VALUE entries; values are copied byte by byte, so no quoting can go
// wrong. An entry of the file takes precedence over the session's. The file never holds names that belong to a session
// (HOME, TERM, SSH_CONNECTION ...). Without the file the session keeps the environment that it has. Of what the laptop
// sends, a locale that the image lacks is dropped, and a terminal that it does not know is called xterm-256color.
//
// The real shell is the first line of ~/.config/tailbox/shell, or /bin/bash. SHELL names the real shell, so whatever a
// session starts later (tmux, scripts, terminals) does not come here again and keeps changed values.
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

// environFile is a variable because the tests set another path at link time.
var environFile = "/run/tailbox/environ"

// secrets are the prefixes of the node's secret variables, which `docker exec` passes on from the container's config.
var secrets = []string{
	"TS_AUTHKEY", "TAILSCALE_AUTH", "TS_CLIENT_SECRET", "TS_ID_TOKEN", "JUPYTER_TOKEN", "JUPYTER_PASSWORD", "NODE_IDENTITY",
}

// sessionEnvironment returns SHELL, the file's entries and the session's own; of each name the first entry counts.
func sessionEnvironment(shell string) []string {
	entries := []string{"SHELL=" + shell}
	seen := map[string]bool{"SHELL": true}
	add := func(entry string) {
		name, _, valid := strings.Cut(entry, "=")
		if valid && name != "" && !seen[name] && !isSecret(name) {
			seen[name] = true
			entries = append(entries, entry)
		}
	}
	for _, entry := range fileEntries() {
		add(entry)
	}
	for _, entry := range os.Environ() {
		if entry, ok := understood(entry); ok {
			add(entry)
		}
	}
	return entries
}

func fileEntries() []string {
	text, ok := readRegular(environFile)
	if !ok {
		return nil
	}
	return strings.Split(text, "\x00")
}

func isSecret(name string) bool {
	return slices.ContainsFunc(secrets, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

// readRegular reads a regular file; a pipe or a device could block the session for ever.
func readRegular(path string) (string, bool) {
	if !isRegular(path) {
		return "", false
	}
	text, err := os.ReadFile(path)
	return string(text), err == nil
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// realShell returns the account's choice if it is a program, and not this one.
func realShell() string {
	home := os.Getenv("HOME")
	text, ok := readRegular(filepath.Join(home, shellFile))
	shell, _, _ := strings.Cut(strings.ReplaceAll(text, "\r", "\n"), "\n")
	const executable = 1
	if home == "" || !ok || !strings.HasPrefix(shell, "/") || !isRegular(shell) || isThisProgram(shell) {
		return defaultShell
	}
	if syscall.Access(shell, executable) != nil {
		return defaultShell
	}
	return shell
}

func isThisProgram(path string) bool {
	this, err := os.Stat("/proc/self/exe")
	other, otherErr := os.Stat(path)
	return err == nil && otherErr == nil && os.SameFile(this, other)
}

// become replaces this program by the shell, and returns only when that fails. argv[0] is the shell's name, with the
// leading '-' of a login shell if this program was called with one.
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
