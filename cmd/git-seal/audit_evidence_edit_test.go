//go:build unix

package main

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// evidenceEdit writes the archive IN as OUT, in the one form of header, after
// one change:
//
//	drop NAME            without the file
//	add NAME TEXT        with another one, behind the first object
//	first NAME           with the file before all others
//	twice NAME           with the file two times
//	put NAME FILE        with other content
//	sed NAME OLD NEW     with one text replaced by another, wherever it stands in it
//	link NAME TARGET     with the file made a symbolic link
//	rename NAME NEW      with the file under another name
//	header NAME          with the file under a header that has a time
func (s *scripts) evidenceEdit(ts *testscript.TestScript, args []string) {
	in, out, how, name, rest := args[0], args[1], args[2], args[3], args[4:]
	text, err := os.ReadFile(ts.MkAbs(in))
	ts.Check(err)
	type file struct {
		header  *tar.Header
		content []byte
	}
	var files []file
	r := tar.NewReader(bytes.NewReader(text))
	at := -1
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		ts.Check(err)
		content, err := io.ReadAll(r)
		ts.Check(err)
		if h.Name == name || strings.HasSuffix(name, "*") && strings.HasPrefix(h.Name, strings.TrimSuffix(name, "*")) && at < 0 {
			at = len(files)
		}
		files = append(files, file{&tar.Header{Typeflag: tar.TypeReg, Name: h.Name, Size: h.Size, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}, content})
	}
	if at < 0 && how != "add" {
		ts.Fatalf("%s: no %s in it", in, name)
	}
	switch how {
	case "drop":
		files = slices.Delete(files, at, at+1)
	case "add":
		first := slices.IndexFunc(files, func(f file) bool { return strings.Contains(f.header.Name, "/") })
		files = slices.Insert(files, first+1, file{&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 0, Mode: 0o644, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}, []byte(rest[0])})
	case "first":
		moved := files[at]
		files = slices.Insert(slices.Delete(files, at, at+1), 0, moved)
	case "twice":
		files = slices.Insert(files, at, files[at])
	case "put":
		files[at].content, err = os.ReadFile(ts.MkAbs(rest[0]))
		ts.Check(err)
	case "sed":
		if !bytes.Contains(files[at].content, []byte(rest[0])) {
			ts.Fatalf("%s: no %q in it:\n%s", name, rest[0], files[at].content)
		}
		files[at].content = bytes.ReplaceAll(files[at].content, []byte(rest[0]), []byte(rest[1]))
	case "link":
		files[at].content = nil
		files[at].header.Typeflag, files[at].header.Linkname = tar.TypeSymlink, rest[0]
	case "rename":
		files[at].header.Name = rest[0]
		files[at].header.Format = tar.FormatUnknown
	case "header":
		files[at].header.Uid = 1000
	default:
		ts.Fatalf("evidence-edit: %s", how)
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		f.header.Size = int64(len(f.content))
		ts.Check(w.WriteHeader(f.header))
		_, err := w.Write(f.content)
		ts.Check(err)
	}
	ts.Check(w.Close())
	ts.Check(os.WriteFile(ts.MkAbs(out), b.Bytes(), 0o644))
}
