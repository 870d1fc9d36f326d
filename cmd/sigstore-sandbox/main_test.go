package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// program is the sandbox under test, built once.
var program string

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	dir, err := os.MkdirTemp("", "sigstore-sandbox-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "sigstore-sandbox")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// process is a running sandbox.
type process struct {
	addresses
	dir    string
	ready  []string // the lines it printed
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

// start runs a sandbox on dir until the test ends, and returns when it is ready.
func start(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{dir: dir, stderr: new(bytes.Buffer)}
	p.cmd = exec.Command(program, append([]string{"--dir", dir}, args...)...)
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		}
	})
	p.stdout = bufio.NewReader(stdout)
	for range 2 {
		line, err := p.stdout.ReadString('\n')
		if err != nil {
			_ = p.cmd.Wait()
			log, _ := os.ReadFile(filepath.Join(dir, "sandbox.log"))
			t.Fatalf("not ready: %v; %s\nlog:\n%s", err, p.stderr, log)
		}
		p.ready = append(p.ready, strings.TrimSuffix(line, "\n"))
	}
	if err := json.Unmarshal(p.read(t, "sandbox.json"), &p.addresses); err != nil {
		t.Fatal(err)
	}
	return p
}

// read returns the content of a file in the state directory.
func (p *process) read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// stop sends a signal, and checks that the sandbox exits with 0 and has said nothing more.
func (p *process) stop(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(p.stdout)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("after %v: %v", sig, err)
	}
	if len(rest) > 0 {
		t.Errorf("standard output after the ready lines: %q", rest)
	}
	if p.stderr.Len() > 0 {
		t.Errorf("standard error: %q", p.stderr)
	}
}

// fail runs a sandbox that must not start and returns its exit code and standard error.
func fail(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) {
		t.Fatalf("%q: %v; want a failure", args, err)
	}
	if out.Len() > 0 {
		t.Errorf("standard output: %q", out.String())
	}
	return exit.ExitCode(), errOut.String()
}

func TestReadyLinesAndFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "it's here")
	p := start(t, dir, "--identity", "alice@example.com")
	if want := "ready: sandbox Sigstore on " + p.OIDC + " (identity alice@example.com)"; p.ready[0] != want {
		t.Errorf("got  %q\nwant %q", p.ready[0], want)
	}
	// The shell must read the line as it was meant.
	out, err := exec.Command("sh", "-c", strings.Replace(p.ready[1], "git seal", "printf '%s\\n'", 1)).Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{"init",
		"--trusted-root", filepath.Join(dir, "trusted_root.json"),
		"--signing-config", filepath.Join(dir, "signing_config.json"),
		"--token-file", filepath.Join(dir, "id-token")}, "\n") + "\n"
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	for _, name := range []string{"signing_config.v2.json", "root.json", "sandbox.log", "requests.log"} {
		p.read(t, name)
	}
	keys, err := filepath.Glob(filepath.Join(dir, "keys", "*.key.pem"))
	if err != nil || len(keys) != 7 {
		t.Errorf("private keys: %q, %v; want 7", keys, err)
	}
	for _, path := range append(keys, filepath.Join(dir, "id-token")) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v", path, info.Mode())
		}
	}
	p.stop(t, syscall.SIGTERM)
}

func TestSignalsLeaveNothing(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			p := start(t, t.TempDir())
			p.stop(t, sig)
			for _, url := range []string{p.OIDC, p.Fulcio, p.CTLog, p.Rekor, p.RekorV2, p.Timestamp, p.TUF} {
				if conn, err := net.Dial("tcp", hostOf(t, url)); err == nil {
					_ = conn.Close()
					t.Errorf("%s still answers", url)
				}
			}
			// The lock is free again, and nothing half-written stayed.
			start(t, p.dir).stop(t, sig)
			if left, _ := filepath.Glob(filepath.Join(p.dir, ".tmp-*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

func TestPortIsTheFirstOfEight(t *testing.T) {
	t.Parallel()
	first := eightFreePorts(t)
	p := start(t, t.TempDir(), "--port", strconv.Itoa(first))
	for i, url := range []string{p.OIDC, p.Fulcio, p.CTLog, p.Rekor, p.RekorV2, p.Timestamp, p.TUF, p.Control} {
		if want := fmt.Sprintf("127.0.0.1:%d", first+i); hostOf(t, url) != want {
			t.Errorf("%s: want %s", url, want)
		}
	}
}

// nextPort is where eightFreePorts looks next: below the ports that the kernel gives out, where nobody else looks.
var nextPort = func() *atomic.Int32 {
	var port atomic.Int32
	port.Store(int32(20000 + os.Getpid()%5000))
	return &port
}()

// eightFreePorts finds consecutive ports, others at each call.
func eightFreePorts(t *testing.T) int {
	t.Helper()
	for {
		first := int(nextPort.Add(int32(len(services)+1))) - len(services) - 1
		if first > 32000 {
			t.Fatal("no eight consecutive free ports")
		}
		listeners, release, err := listen(first)
		if err != nil {
			continue
		}
		for _, l := range listeners {
			_ = l.Close()
		}
		release()
		return first
	}
}

func TestTakenPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	code, stderr := fail(t, "--dir", t.TempDir(), "--port", strconv.Itoa(port))
	want := fmt.Sprintf("sigstore-sandbox: error: port %d (oidc) is already in use\nsigstore-sandbox: hint: choose another --port", port)
	if code != exitFailure || !strings.HasPrefix(stderr, want) {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

func TestStateDirectoryErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := start(t, t.TempDir())
	damaged := t.TempDir()
	if err := os.MkdirAll(filepath.Join(damaged, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(damaged, "keys", "rekor.key.pem"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, dir, err, hint string }{
		{"below a file", filepath.Join(file, "sub"), "state directory: mkdir", "with --dir"},
		{"a file", file, "state directory: mkdir", "with --dir"},
		{"not writable", "/proc/self", "state directory: open", "with --dir"},
		{"in use", used.dir, "another sandbox uses the state directory", "stop the other sandbox"},
		{"damaged key", damaged, `rekor.key.pem": not PEM`, "remove the state directory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stderr := fail(t, "--dir", tt.dir)
			lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
			if code != exitFailure || len(lines) != 2 ||
				!strings.HasPrefix(lines[0], "sigstore-sandbox: error: ") || !strings.Contains(lines[0], tt.err) ||
				!strings.HasPrefix(lines[1], "sigstore-sandbox: hint: ") || !strings.Contains(lines[1], tt.hint) {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"no directory", nil, "--dir is missing"},
		{"unknown flag", []string{"--dir", "x", "--verbose"}, "flag provided but not defined: -verbose"},
		{"argument", []string{"--dir", "x", "y"}, `unexpected argument "y"`},
		{"port no number", []string{"--dir", "x", "--port", "http"}, `invalid value "http" for flag -port`},
		{"port too high", []string{"--dir", "x", "--port", "65530"}, "--port 65530 is not between 0 and 65528"},
		{"identity", []string{"--dir", "x", "--identity", "Bob <bob@example.com>"}, "not an e-mail address"},
		{"fault and token", []string{"--dir", "x", "--fault", "rekor=hang", "--token-for", "bob@example.com"}, "--token-for and --fault cannot be used together"},
		{"token for nobody", []string{"--dir", "x", "--token-for", "bob"}, "not an e-mail address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stderr := fail(t, tt.args...)
			if code != exitUsage || !strings.Contains(stderr, "error: "+tt.want) && !strings.Contains(stderr, tt.want) ||
				!strings.Contains(stderr, "\nsigstore-sandbox: hint: see sigstore-sandbox --help") {
				t.Errorf("exit %d: %s", code, stderr)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	out, err := exec.Command(program, "--help").Output()
	if err != nil || string(out) != usage {
		t.Errorf("%v: %s", err, out)
	}
}

func TestShellQuote(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "/tmp/a-b_c.d", "a b", "a'b", `$x "y" \z`, "é", "a\nb"} {
		out, err := exec.Command("sh", "-c", "printf %s "+shellQuote(s)).Output()
		if err != nil || string(out) != s {
			t.Errorf("%q as %s: %q, %v", s, shellQuote(s), out, err)
		}
	}
}
