package main

// What a laptop sends about itself and the image may not know: its locale and its terminal.

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
)

const (
	knownTerminal = "xterm-256color"
	// struct locarhead of glibc's locale/locarchive.h, as 32-bit words.
	archiveMagic     = 0xde020109
	stringOffsetWord = 5
	stringUsedWord   = 6
)

// Variables, because the tests set other paths at link time.
var (
	localeDir    = "/usr/lib/locale"
	terminfoDirs = "/etc/terminfo:/lib/terminfo:/usr/share/terminfo:/usr/lib/terminfo:/usr/local/share/terminfo"
)

// understood returns the entry as this image understands it: a terminal that it knows, and no locale that it lacks,
// because programs complain of such a locale and take bytes for characters.
func understood(entry string) (string, bool) {
	name, value, _ := strings.Cut(entry, "=")
	switch {
	case name == "LANG" || strings.HasPrefix(name, "LC_"):
		return entry, value == "" || hasLocale(value)
	case name == "TERM" && value != "" && !hasTerminal(value):
		return "TERM=" + knownTerminal, true
	}
	return entry, true
}

// hasLocale looks where glibc does: its built-in locales, folders, and the archive that locale-gen writes.
func hasLocale(name string) bool {
	if strings.Contains(name, "/") {
		return false
	}
	language, rest, _ := strings.Cut(name, ".")
	codeset, modifier, modified := strings.Cut(rest, "@")
	normalized := language
	if codeset != "" {
		normalized += "." + normalizedCodeset(codeset)
	}
	if modified {
		normalized += "@" + modifier
	}
	switch normalized {
	case "C", "POSIX", "C.utf8":
		return true
	}
	return isFolder(filepath.Join(localeDir, name)) || isFolder(filepath.Join(localeDir, normalized)) ||
		inArchive(normalized)
}

// normalizedCodeset is what glibc makes of UTF-8: utf8.
func normalizedCodeset(codeset string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.ToLower(codeset))
}

func inArchive(name string) bool {
	file, err := os.Open(filepath.Join(localeDir, "locale-archive"))
	if err != nil {
		return false
	}
	defer file.Close()
	var head [stringUsedWord + 1]uint32
	if binary.Read(file, binary.NativeEndian, &head) != nil || head[0] != archiveMagic {
		return false
	}
	names := make([]byte, min(head[stringUsedWord], 1<<20))
	if _, err := file.ReadAt(names, int64(head[stringOffsetWord])); err != nil {
		return false
	}
	return bytes.Contains(append([]byte{0}, names...), []byte("\x00"+name+"\x00"))
}

// hasTerminal looks where ncurses does; Debian's folders are called by the first letter.
func hasTerminal(name string) bool {
	if strings.Contains(name, "/") {
		return false
	}
	folders := strings.Split(terminfoDirs, ":")
	folders = append(folders, os.Getenv("TERMINFO"), filepath.Join(os.Getenv("HOME"), ".terminfo"))
	for _, folder := range append(folders, strings.Split(os.Getenv("TERMINFO_DIRS"), ":")...) {
		if folder != "" && isRegular(filepath.Join(folder, name[:1], name)) {
			return true
		}
	}
	return false
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
