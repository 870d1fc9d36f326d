// Sigstore-sandbox runs a Sigstore instance on the loopback interface, in one process: an OpenID Connect provider,
// Fulcio with its certificate transparency log, Rekor v1 and v2, a timestamp authority and a TUF repository. They are
// the real components, started from their own packages, so that what works here works with a real deployment.
//
// The directory given with --dir contains what clients need:
//
//	trusted_root.json       the trusted root, in Sigstore's format
//	signing_config.json     the signing configuration with Rekor v1
//	signing_config.v2.json  the signing configuration with Rekor v2
//	root.json               the root of the TUF repository, which has the three above as targets
//	id-token                an ID token of the test identity, renewed before it expires
//	sandbox.json            the addresses of the services
//
// It also contains keys and logs, which survive a restart: earlier signatures stay valid by the trusted root that is
// written later. Only the trees of Rekor v1 and of the certificate transparency log start empty again.
//
// The OpenID Connect provider also answers GET /token-for?email=EMAIL with an ID token for any address, and on request
// with a bad one: audience=AUDIENCE, expires_in=SECONDS, email_verified=false.
//
// A control port makes services fail in the ways that --help lists. If possible, the real components make the answer: a
// wrong certificate is one that Fulcio issued, and a wrong entry is in the log.
//
// It is for tests and for trying out git-seal, and not for production: anyone who can reach the loopback interface can
// log in as anyone, and the private keys are in a directory. It runs on Unix systems.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/mail"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

const usage = `usage: sigstore-sandbox --dir DIR [--port PORT] [--identity EMAIL]
       sigstore-sandbox --dir DIR --token-for EMAIL
       sigstore-sandbox --dir DIR --fault SERVICE=KIND

Run your own Sigstore on 127.0.0.1 until it is interrupted: OpenID Connect
provider, Fulcio, CT log, Rekor v1 and v2, timestamp authority, TUF repository.

  --dir DIR          store keys, logs and the files for clients in DIR
  --port PORT        use eight ports from PORT on (default: free ports)
  --identity EMAIL   the identity in DIR/id-token (default: dev@example.com)
  --token-for EMAIL  print an ID token for EMAIL, from the sandbox that runs
                     in DIR
  --fault SERVICE=KIND
                     make a service of the sandbox that runs in DIR fail.
                     SERVICE is oidc, fulcio, ctlog, rekor, rekor-v2, timestamp
                     or tuf. KIND is stop, hang, slow, reset, truncated, garbage
                     or an HTTP status such as 503; GET /faults on the control
                     port lists all. Add ",times=N" or ",for=5s" to KIND to end
                     the fault after N requests or some time, and ",delay=2s"
                     to set how slow. none ends the fault.

When it is ready, it prints two lines. The second is the command that makes
git-seal use it. The components log to DIR/sandbox.log, and every request is in
DIR/requests.log.
`

// Exit codes, the same as git-seal's.
const (
	exitFailure = 1
	exitUsage   = 2
)

// options is what the command line says.
type options struct {
	dir      string // absolute
	port     int    // first of the ports; 0 lets the kernel choose
	identity string // e-mail address in DIR/id-token
	tokenFor string // e-mail address of the token to print; "" runs a sandbox
	fault    string // to tell a running sandbox; "" runs one
}

// hintedError is an error with advice on what to do next.
type hintedError struct {
	error
	hint string
}

func (e *hintedError) Unwrap() error { return e.error }

func withHint(err error, hint string) error { return &hintedError{err, hint} }

func main() {
	opts, err := parseOptions(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(usage)
		return
	case err != nil:
		report(os.Stderr, withHint(err, "see sigstore-sandbox --help"))
		os.Exit(exitUsage)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if opts.fault != "" {
		if err := tellSandbox(ctx, opts.dir, opts.fault); err != nil {
			report(os.Stderr, err)
			os.Exit(exitFailure)
		}
		return
	}
	if opts.tokenFor != "" {
		token, err := fetchToken(ctx, opts.dir, opts.tokenFor)
		if err == nil {
			_, err = fmt.Println(token)
		}
		if err != nil {
			report(os.Stderr, err)
			os.Exit(exitFailure)
		}
		return
	}
	stdout, stderr, err := run(ctx, opts)
	if err != nil {
		report(stderr, err)
		os.Exit(exitFailure)
	}
	_ = stdout.Close()
	// The components have goroutines that never end; nothing of theirs is worth waiting for, since an entry is
	// answered only after it is on disk.
	os.Exit(0)
}

// parseOptions reads the command line. It refuses what it does not know.
func parseOptions(args []string) (options, error) {
	var opts options
	flags := flag.NewFlagSet("sigstore-sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&opts.dir, "dir", "", "")
	flags.IntVar(&opts.port, "port", 0, "")
	flags.StringVar(&opts.identity, "identity", "dev@example.com", "")
	flags.StringVar(&opts.tokenFor, "token-for", "", "")
	flags.StringVar(&opts.fault, "fault", "", "")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	switch {
	case flags.NArg() > 0:
		return options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case opts.dir == "":
		return options{}, errors.New("--dir is missing")
	case opts.port < 0 || opts.port > 65535-len(services):
		return options{}, fmt.Errorf("--port %d is not between 0 and %d", opts.port, 65535-len(services))
	case opts.tokenFor != "" && opts.fault != "":
		return options{}, errors.New("--token-for and --fault cannot be used together")
	}
	if err := checkEmail(opts.identity); err != nil {
		return options{}, fmt.Errorf("--identity %q %w", opts.identity, err)
	}
	if opts.tokenFor != "" {
		if err := checkEmail(opts.tokenFor); err != nil {
			return options{}, fmt.Errorf("--token-for %q %w", opts.tokenFor, err)
		}
	}
	dir, err := filepath.Abs(opts.dir)
	if err != nil {
		return options{}, fmt.Errorf("--dir %q: %w", opts.dir, err)
	}
	opts.dir = dir
	return opts, nil
}

// checkEmail refuses what is not a bare e-mail address, because Fulcio would, later and less clearly.
func checkEmail(s string) error {
	if addr, err := mail.ParseAddress(s); err != nil || addr.Address != s {
		return errors.New("is not an e-mail address")
	}
	return nil
}

// run starts the sandbox and returns when ctx ends or a start fails. It returns the streams of the caller's terminal,
// because the process's own have become the log by then.
func run(ctx context.Context, opts options) (stdout, stderr *os.File, err error) {
	stdout, stderr = os.Stdout, os.Stderr
	dir, err := openStateDir(opts.dir)
	if err != nil {
		return stdout, stderr, err
	}
	stdout, stderr, err = divertStreams(dir.path("sandbox.log"))
	if err != nil {
		return os.Stdout, os.Stderr, err
	}
	s, err := startSandbox(ctx, dir, opts)
	if err != nil {
		if ctx.Err() != nil {
			return stdout, stderr, nil
		}
		return stdout, stderr, err
	}
	defer s.close()
	if _, err := fmt.Fprintf(stdout, "ready: sandbox Sigstore on %s (identity %s)\n%s\n",
		s.url(serviceOIDC), opts.identity, s.initCommand()); err != nil {
		return stdout, stderr, fmt.Errorf("standard output: %w", err)
	}
	return stdout, stderr, s.wait(ctx)
}

// report writes an error and its hint as git-seal does.
func report(w io.Writer, err error) {
	fmt.Fprintf(w, "sigstore-sandbox: error: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	var hinted *hintedError
	if errors.As(err, &hinted) {
		fmt.Fprintf(w, "sigstore-sandbox: hint: %s\n", hinted.hint)
	}
}
