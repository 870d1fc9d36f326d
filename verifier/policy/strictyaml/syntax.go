package strictyaml

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote is a double-quoted scalar: no value is read as anything but the
// text that it is.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// lines splits a text into lines. It refuses what programs would show or
// split differently, and what a person cannot see.
func lines(text []byte) ([]string, error) {
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		lines[i] = line
		here := func(offset int, why, hint string) error {
			return &Error{Line: i + 1, Column: utf8.RuneCountInString(line[:offset]) + 1, Err: errors.New(why), Hint: hint}
		}
		blank := len(line) - len(strings.TrimLeft(line, " \t"))
		if tab := strings.IndexByte(line[:blank], '\t'); tab >= 0 && blank < len(line) && line[blank] != '#' {
			return nil, here(tab, "a tab before the first letter of the line", "YAML has no tabs there: indent with spaces")
		}
		if n := strings.IndexFunc(line, func(r rune) bool { return r != '\t' && Unseen(r) }); n >= 0 {
			r, size := utf8.DecodeRuneInString(line[n:])
			if r == utf8.RuneError && size == 1 {
				return nil, here(n, "not UTF-8", "save the file as UTF-8")
			}
			return nil, here(n, fmt.Sprintf("a character that cannot be seen, %U", r), "remove it: people would not read what the program reads")
		}
		if strings.HasPrefix(line, "%") {
			return nil, here(0, "a YAML directive", "remove the line")
		}
	}
	return lines, nil
}

// syntaxError finds the line that the YAML library names in its message, and
// the usual reason: a value that begins with a character that YAML reads as
// its own.
func syntaxError(lines []string, err error) error {
	message := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &Error{Err: errors.New(message), Hint: "see whether the line is indented like its neighbours, and quote values with : or # in them"}
	if rest, ok := strings.CutPrefix(message, "line "); ok {
		number, rest, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(number); err == nil {
			e.Line, e.Column, e.Err = n, 1, errors.New(rest)
			if slices.Contains(countedFromZero, rest) {
				e.Line++
			}
		}
	}
	for i, line := range lines {
		if e.Line != 0 && i+1 != e.Line {
			continue
		}
		if offset, value, ok := needsQuotes(line); ok {
			e.Line, e.Column = i+1, utf8.RuneCountInString(line[:offset])+1
			e.Hint = "quote the value: " + Quote(value)
			return e
		}
	}
	if e.Line == 0 {
		e.Line, e.Column = 1, 1 // the library names no line for the first one
	}
	e.Line = min(e.Line, len(lines))
	return e
}

// countedFromZero are the errors of the library's parser; those of its scanner
// count lines from 1.
var countedFromZero = []string{
	"did not find expected ',' or ']'", "did not find expected ',' or '}'",
	"did not find expected key", "did not find expected '-' indicator",
	"did not find expected node content", "did not find expected <document start>",
}

// needsQuotes finds the first value in a line that begins with a character
// that YAML takes for itself.
func needsQuotes(line string) (offset int, value string, ok bool) {
	const own = "*&!@`%"
	before, ends := ' ', " #"
	for i, r := range line {
		switch {
		case strings.ContainsRune(own, r) && strings.ContainsRune(" [{,", before):
			end := len(line)
			for _, stop := range strings.Split(ends, "|") {
				if n := strings.Index(line[i:], stop); n >= 0 {
					end = min(end, i+n)
				}
			}
			return i, strings.TrimRight(line[i:end], " "), true
		case r == '#' && before == ' ':
			return 0, "", false
		case r == '[' || r == '{':
			ends = " #|,|]|}"
		}
		before = r
	}
	return 0, "", false
}

// Unseen characters, which no line of a policy may hold, are control characters, and those that change the order in
// which the others are shown or part lines for some programs alone.
func Unseen(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' || r == '\ufeff' || r == utf8.RuneError
}
