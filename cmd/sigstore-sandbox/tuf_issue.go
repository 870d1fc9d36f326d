package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tufIssue is how the repository's next metadata is to be.
type tufIssue struct {
	lifetime time.Duration // of the timestamp; below 0: it has expired
	version  int64         // 0: the next
	key      *tufKey       // signs the timestamp in place of the repository's
	without  string        // a target to leave out
	targets  []string      // more targets, that nobody can fetch

	rotate, foreignRoot bool
	file, damage        string // what is done to a file of the repository afterwards
}

// maxDamage is the length of a file that is longer than any client reads.
const maxDamage = 8 << 20

// issue publishes the files of the state directory as they are now, in metadata that is good or, if asked, is not:
//
//	POST /issue                      the next version; mends what was issued before
//	  expires_in=SECONDS             how long the timestamp is good; below 0 it has expired
//	  version=N                      this version, an older one say
//	  key=unknown                    the timestamp signed by a key that no root names
//	  root=next                      a next root before, with another key
//	  root=unknown                   a next root before, signed by itself alone
//	  without=TARGET                 without this target
//	  target=NAME                    with another target, of any name; may be given several times
//	  damage=HOW&file=NAME           then truncated, oversized, garbage or empty: a file of the repository, timestamp.json
//	                                 by default; targets/trusted_root.json stands for the one of its digest
func (r *tufRepository) issue(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := req.ParseForm()
	var i tufIssue
	if err == nil {
		i, err = r.parseIssue(req.Form)
	}
	if err == nil {
		err = r.carryOut(i)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, r.version)
}

func (r *tufRepository) parseIssue(form url.Values) (tufIssue, error) {
	i := tufIssue{lifetime: tufLifetime, file: "timestamp.json"}
	for key, vals := range form {
		val, err := vals[0], error(nil)
		switch key {
		case "expires_in":
			var seconds int
			seconds, err = strconv.Atoi(val)
			i.lifetime = time.Duration(seconds) * time.Second
		case "version":
			i.version, err = strconv.ParseInt(val, 10, 64)
		case "key":
			var unknown tufKey
			unknown, err = r.loadKey(r.root + 1000)
			i.key = &unknown
		case "root":
			i.rotate, i.foreignRoot = val == "next", val == "unknown"
		case "without":
			i.without = val
		case "target":
			i.targets = vals
		case "damage":
			i.damage = val
		case "file":
			i.file = val
		default:
			err = errors.New("unknown key")
		}
		if err != nil {
			return i, fmt.Errorf("%s=%s: %w", key, val, err)
		}
	}
	return i, nil
}

func (r *tufRepository) carryOut(i tufIssue) error {
	if i.rotate || i.foreignRoot {
		next, err := r.loadKey(r.root + 1)
		if err != nil {
			return err
		}
		old := []tufKey{r.key}
		if i.foreignRoot {
			old = nil
		}
		if err := r.publishRoot(next, old...); err != nil {
			return err
		}
		r.key = next
	}
	if err := r.publish(i); err != nil {
		return err
	}
	if i.damage == "" {
		return nil
	}
	return r.damage(i.file, i.damage)
}

// damage makes of a file what a mirror should not serve.
func (r *tufRepository) damage(name, how string) error {
	if !filepath.IsLocal(name) { // any page in a browser here may post a form
		return fmt.Errorf("file=%s: unknown file", name)
	}
	pattern := r.dir.path("tuf", name)
	if filepath.Dir(name) == "targets" {
		pattern = r.dir.path("tuf", "targets", "*."+filepath.Base(name))
	}
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("file=%s: does not exist", name)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		switch how {
		case "truncated":
			data = data[:len(data)/2]
		case "oversized":
			data = append(data, bytes.Repeat([]byte(" "), maxDamage)...)
		case "garbage":
			data = []byte("<html>503 in disguise</html>\n")
		case "empty":
			data = nil
		default:
			return fmt.Errorf("damage=%s: unknown kind", how)
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
