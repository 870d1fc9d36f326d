// Sigstore-sandbox runs a Sigstore instance on the loopback interface, in one process: OpenID provider, Fulcio with its
// certificate transparency log, Rekor v1 and v2, a timestamp authority and a TUF repository. They are the real
// components, started from their own packages, so that what works here works with a real deployment.
//
// The directory given with --dir holds what clients need:
//
//	trusted_root.json       whom to trust, in Sigstore's format
//	signing_config.json     where to sign, with Rekor v1
//	signing_config.v2.json  where to sign, with Rekor v2
//	root.json               the root of the TUF repository, which has the three above as targets
//	id-token                an ID token of the test identity, renewed before it expires
//	sandbox.json            the addresses of the services
//
// beside keys and logs, which outlive a restart: what was signed before still verifies under the trusted root that is
// written after. Only the trees of Rekor v1 and of the certificate transparency log begin anew.
//
// The OpenID provider also answers GET /token-for?email=EMAIL with an ID token of anybody, and with a bad one if asked:
// audience=AUDIENCE, expires_in=SECONDS, email_verified=false.
//
// Each service can be told to fail, in ways that --help lists, on a control port. What it then answers is made by the
// real components where that is possible: a wrong certificate is one that Fulcio issued, an entry of something else is
// in the log.
//
// It is for tests and for trying git-seal out. It is not for production: anybody who can reach the loopback interface
// can log in as anybody, and the private keys lie in a directory. It runs on Unix systems.
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

Runs a Sigstore of your own on 127.0.0.1 until it is interrupted: OpenID provider,
Fulcio, CT log, Rekor v1 and v2, timestamp authority, TUF repository.

  --dir DIR          where keys, logs and the files for clients are kept
  --port PORT        first of eight consecutive ports (default: free ones)
  --identity EMAIL   whom DIR/id-token is for (default: dev@example.com)
  --token-for EMAIL  print an ID token of somebody else, from the sandbox that
                     runs in DIR
  --fault SERVICE=KIND
                     tell the sandbox that runs in DIR to do something wrong:
                     one of oidc, fulcio, ctlog, rekor, rekor-v2, timestamp and
                     tuf can stop, hang, be slow, reset or cut (truncated) its
                     answers, answer garbage or an HTTP status such as 503, and
                     what else GET /faults on the control port lists. Added to
                     KIND, ",times=N" and ",for=5s" end it after N requests or
                     some time, ",delay=2s" says how slow. none lifts it

When it is ready it prints two lines; the second points git-seal at it. What the
components say goes to DIR/sandbox.log, every request to DIR/requests.log.
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
		report(os.Stderr, withHint(err, "sigstore-sandbox --help shows how it is called"))
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
		return options{}, fmt.Errorf("--port %d: not between 0 and %d", opts.port, 65535-len(services))
	case opts.tokenFor != "" && opts.fault != "":
		return options{}, errors.New("--token-for and --fault: one at a time")
	}
	if err := checkEmail(opts.identity); err != nil {
		return options{}, fmt.Errorf("--identity %q: %w", opts.identity, err)
	}
	if opts.tokenFor != "" {
		if err := checkEmail(opts.tokenFor); err != nil {
			return options{}, fmt.Errorf("--token-for %q: %w", opts.tokenFor, err)
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
		return errors.New("not an e-mail address")
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
