package openpgp_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/git-seal/git-seal/verifier/openpgp"
)

// These tests ask gpg. Where its word is another one than ours, the case names
// it with the reason; each other difference fails.

// gnupg is a gpg with a home of its own.
type gnupg struct {
	home string
}

func newGnuPG(t testing.TB) gnupg {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("gpg is not installed")
	}
	home, err := os.MkdirTemp("", "gpg") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	return gnupg{home}
}

// try runs gpg at a time, with answers to its questions.
func (g gnupg) try(at time.Time, answers string, args ...string) ([]byte, error) {
	all := []string{
		"--homedir", g.home, "--batch", "--yes", "--quiet", "--no-tty", "--passphrase", "", "--pinentry-mode", "loopback",
		"--trust-model", "always", "--no-auto-check-trustdb", "--no-auto-key-locate", "--faked-system-time", at.UTC().Format("20060102T150405"),
	}
	if answers != "" {
		all = slices.DeleteFunc(all, func(a string) bool { return a == "--batch" })
		all = append(all, "--command-fd", "0")
	}
	cmd := exec.Command("gpg", append(all, args...)...)
	cmd.Stdin = strings.NewReader(answers)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("gpg %q: %w: %s", args, err, stderr.Bytes())
	}
	return out, err
}

func (g gnupg) run(t testing.TB, at time.Time, args ...string) []byte {
	t.Helper()
	out, err := g.try(at, "", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (g gnupg) write(t testing.TB, name string, text []byte) string {
	t.Helper()
	path := filepath.Join(g.home, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// verify imports files into an empty keyring and says in our words what gpg says
// of a signature over payload at a time.
func (g gnupg) verify(t testing.TB, files [][]byte, signature []byte, at time.Time) (word, status string) {
	t.Helper()
	ring := g.write(t, "case.gpg", nil)
	with := []string{"--no-default-keyring", "--keyring", ring, "--no-autostart"}
	for i, f := range files {
		// An import that refuses a part has an exit code of its own.
		_, _ = g.try(time.Now(), "", append(with, "--import", g.write(t, fmt.Sprintf("case%d", i), f))...)
	}
	out, err := g.try(at, "", append(with, "--status-fd", "1", "--verify", g.write(t, "case.sig", signature), g.write(t, "case.payload", payload))...)
	var words []string
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "[GNUPG:]" {
			continue
		}
		switch f[1] {
		case "GOODSIG":
			words = append(words, "good")
		case "BADSIG":
			words = append(words, "bad")
		case "REVKEYSIG":
			words = append(words, "revoked")
		case "EXPKEYSIG":
			words = append(words, "not valid")
		case "ERRSIG":
			// By its code: no key, a subkey that has not signed back, a key that is not valid then, one of another use.
			words = append(words, map[string]string{"9": "no key", "1": "not valid", "6": "not valid", "125": "not valid"}[f[7]])
		}
	}
	// git takes a signature for good with one line and the exit code.
	if len(words) == 1 && words[0] == "good" && err != nil || len(words) != 1 || words[0] == "" {
		return "unsupported", string(out)
	}
	return words[0], string(out)
}

// TestGnuPGKeyCases asks gpg about the keys of TestKeyCases.
func TestGnuPGKeyCases(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	for _, c := range slices.Concat(revocationCases(), newestCases()) {
		at, text := c.signature(t)
		want := c.gpg
		if want == "" {
			want = c.want
		} else if c.why == "" || c.gpg == c.want {
			t.Errorf("%s: no reason for a difference", c.name)
		}
		if got, status := g.verify(t, c.files, text, at); got != want {
			t.Errorf("%s: gpg says %s, want %s; we say %s\n%s", c.name, got, want, c.want, status)
		}
	}
}

// TestGnuPGArmor asks gpg about the armor that is accepted here.
func TestGnuPGArmor(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	// For gpg 2.2 armor without padding ends with a checksum only.
	var body []byte
	for n := 0; len(body)%3 == 0; n++ {
		body = ana.signature(overBytes, payload, born, recipe{}, sub{subType: 100, contents: make([]byte, n), unhashed: true})
	}
	for name, text := range armorVariants(string(armored(t, "PGP SIGNATURE", body)), body) {
		if got, status := g.verify(t, files(block(nil, nil, nil)), []byte(text), born); got != "good" {
			t.Errorf("%s: gpg says %s\n%s", name, got, status)
		}
	}
}

// TestGnuPGAlgorithms: what gpg makes with each of its algorithms has gpg's word.
func TestGnuPGAlgorithms(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	file := g.write(t, "payload", payload)
	for _, tt := range []struct{ algorithm, want, why string }{
		{algorithm: "rsa2048", want: "good"},
		{algorithm: "rsa3072", want: "good"},
		{algorithm: "rsa1024", want: "unsupported", why: "too weak"},
		{algorithm: "dsa2048", want: "unsupported", why: "DSA is too weak"},
		{algorithm: "ed25519", want: "good"},
		{algorithm: "nistp256", want: "good"},
		{algorithm: "nistp384", want: "good"},
		{algorithm: "nistp521", want: "good"},
		{algorithm: "brainpoolP256r1", want: "good"},
		{algorithm: "brainpoolP384r1", want: "good"},
		{algorithm: "brainpoolP512r1", want: "good"},
		{algorithm: "secp256k1", want: "unsupported", why: "a curve that only cryptocurrencies use"},
	} {
		user := tt.algorithm + "@example.com"
		g.run(t, born, "--quick-gen-key", user, tt.algorithm, "sign", "never")
		key := g.run(t, born, "--export", user)
		text := g.run(t, born.Add(day), "--local-user", user, "--armor", "--detach-sign", "--output", "-", file)
		got, status := g.verify(t, [][]byte{key}, text, born.Add(day))
		if got != "good" {
			t.Errorf("%s: gpg says %s\n%s", tt.algorithm, got, status)
		}
		if (tt.want != "good") != (tt.why != "") {
			t.Errorf("%s: a difference has a reason", tt.algorithm)
		}
		s, err := openpgp.ParseSignature(text)
		if err != nil {
			if tt.want != "unsupported" {
				t.Errorf("%s: %v", tt.algorithm, err)
			}
			continue
		}
		ring := openpgp.ParseKeyring(named(key))
		if got, why := verdict(ring, s); got != tt.want {
			t.Errorf("%s: %s (%v), want %s", tt.algorithm, got, why, tt.want)
		}
		if keys := ring.Keys(); tt.want == "good" && (len(keys) != 1 || !slices.Equal(keys[0].UserIDs(born), []string{user})) {
			t.Errorf("%s: %d keys", tt.algorithm, len(keys))
		}
	}
}

// TestGnuPGWeakHash: what a key says about itself over RIPEMD-160, which is not
// supported here, gives nothing and takes everything away.
func TestGnuPGWeakHash(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	file := g.write(t, "payload", payload)
	weak := func(answers string, args ...string) []byte {
		out, err := g.try(born, answers, append([]string{"--cert-digest-algo", "RIPEMD160"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	weak("", "--quick-gen-key", "ana@example.com", "rsa2048", "sign", "never")
	text := g.run(t, born.Add(day), "--armor", "--detach-sign", "--output", "-", file)
	first := g.run(t, born, "--export")
	fingerprint := openpgp.ParseKeyring(named(first)).Keys()[0].Fingerprint()
	// A new expiry signs the name anew.
	g.run(t, born.Add(2*day), "--quick-set-expire", fingerprint, "5y")
	renewed := g.run(t, born, "--export")
	revocation := weak("y\n1\n\ny\n", "--output", "-", "--gen-revoke", fingerprint)
	for _, tt := range []struct {
		name, want, gpg, why string
		files                [][]byte
	}{
		{name: "a name", files: files(first), want: "not valid", gpg: "good", why: "the hash function is not supported"},
		{name: "a name that was signed anew", files: files(renewed), want: "good", gpg: "good"},
		{name: "a revocation", files: files(renewed, revocation), want: "revoked", gpg: "revoked"},
	} {
		if got, status := g.verify(t, tt.files, text, born.Add(day)); got != tt.gpg {
			t.Errorf("%s: gpg says %s, want %s\n%s", tt.name, got, tt.gpg, status)
		}
		if (tt.gpg == tt.want) != (tt.why == "") {
			t.Errorf("%s: a difference has a reason", tt.name)
		}
		wantVerdict(t, tt.name, tt.want, parseArmored(t, text), tt.files...)
	}
	w := openpgp.ParseKeyring(named(first)).Warnings()
	if _, why := verdict(openpgp.ParseKeyring(named(first)), parseArmored(t, text)); len(w) != 1 || !strings.Contains(w[0].Reason, "cannot be verified: RIPEMD-160") || !strings.Contains(why.Error(), "(RIPEMD-160)") {
		t.Errorf("%+v, %v", w, why)
	}
}

// TestGnuPGLife follows a key that gpg makes and changes over the years, and
// judges what it signed by each copy of it, alone and with an older one.
func TestGnuPGLife(t *testing.T) {
	t.Parallel()
	g := newGnuPG(t)
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	file := g.write(t, "payload", payload)
	g.run(t, year(2010), "--quick-gen-key", "Ana <ana@example.com>", "ed25519", "sign,cert", "2y")
	var fingerprints []string
	list := func() {
		fingerprints = nil
		for line := range strings.Lines(string(g.run(t, year(2010), "--with-colons", "--list-keys"))) {
			if f := strings.Split(line, ":"); f[0] == "fpr" {
				fingerprints = append(fingerprints, f[9])
			}
		}
	}
	list()
	ana := fingerprints[0]
	type signature struct {
		text []byte
		at   time.Time
		by   string
	}
	var signatures []signature
	sign := func(y int, by string) {
		t.Helper()
		out, err := g.try(year(y), "", "--local-user", by+"!", "--armor", "--detach-sign", "--output", "-", file)
		if err != nil {
			t.Fatal(err)
		}
		signatures = append(signatures, signature{out, year(y), by})
	}
	edit := func(y int, answers string) {
		t.Helper()
		if _, err := g.try(year(y), answers, "--edit-key", ana); err != nil {
			t.Fatal(err)
		}
	}
	type stage struct {
		name string
		key  []byte
	}
	var stages []stage
	keep := func(name string) { stages = append(stages, stage{name, g.run(t, year(2030), "--export", ana)}) }

	sign(2011, ana)
	keep("made for two years")
	g.run(t, year(2011), "--quick-set-expire", ana, "4y")
	sign(2013, ana)
	keep("extended to four")
	g.run(t, year(2012), "--quick-add-key", ana, "rsa2048", "sign", "2y")
	list()
	first := fingerprints[1]
	sign(2013, first)
	keep("a subkey for two years")
	g.run(t, year(2013), "--quick-set-expire", ana, "20y")
	g.run(t, year(2013), "--quick-set-expire", ana, "8y", first)
	sign(2016, first)
	sign(2016, ana)
	keep("both extended")
	g.run(t, year(2014), "--quick-add-uid", ana, "Ana <ana@new.example.com>")
	g.run(t, year(2015), "--quick-set-primary-uid", ana, "Ana <ana@new.example.com>")
	keep("a new name")
	g.run(t, year(2016), "--quick-add-key", ana, "ed25519", "sign", "never")
	list()
	second := fingerprints[2]
	sign(2017, second)
	edit(2018, "key 1\nrevkey\ny\n1\n\ny\nsave\n")
	keep("the first subkey is revoked as compromised")
	g.run(t, year(2019), "--quick-revoke-uid", ana, "Ana <ana@example.com>")
	sign(2020, second)
	keep("the first name is revoked")
	g.run(t, year(2021), "--quick-set-expire", ana, "1d")
	keep("it ends tomorrow")
	revocation, err := g.try(year(2022), "y\n1\n\ny\n", "--output", "-", "--gen-revoke", ana)
	if err != nil {
		t.Fatal(err)
	}

	compared := 0
	compare := func(name string, files ...[]byte) {
		t.Helper()
		for _, s := range signatures {
			want, status := g.verify(t, files, s.text, s.at)
			got, why := verdict(openpgp.ParseKeyring(named(files...)), parseArmored(t, s.text))
			if compared++; got != want {
				t.Errorf("%s: signed by %s in %d: %s (%v), gpg says %s\n%s", name, s.by, s.at.Year(), got, why, want, status)
			}
		}
	}
	last := stages[len(stages)-1]
	for i, s := range stages {
		compare(s.name, s.key)
		if i%2 == 0 {
			compare(s.name+", and the last copy", s.key, last.key)
			compare(s.name+", after the last copy", slices.Concat(last.key, s.key))
		}
	}
	compare("revoked", last.key, revocation)
	compare("revoked, in one file", slices.Concat(armored(t, "PGP PUBLIC KEY BLOCK", last.key), revocation))
	if compared < 100 {
		t.Errorf("only %d comparisons", compared)
	}
	if ids := openpgp.ParseKeyring(named(last.key)).Keys()[0].UserIDs(year(2023)); !slices.Equal(ids, []string{"Ana <ana@new.example.com>"}) {
		t.Errorf("names %q", ids)
	}
}
