package provider_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/git-seal/git-seal/signer/provider"
)

// workload is the part of the Workload API's messages that is spoken here
// (SPIFFE Workload API, workload.proto).
var workload = func() protoreflect.MessageDescriptors {
	file := new(descriptorpb.FileDescriptorProto)
	err := prototext.Unmarshal([]byte(`
		name: "workload.proto" syntax: "proto3"
		message_type { name: "JWTSVIDRequest"
			field { name: "audience" number: 1 type: TYPE_STRING label: LABEL_REPEATED }
			field { name: "spiffe_id" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } }
		message_type { name: "JWTSVID"
			field { name: "spiffe_id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
			field { name: "svid" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
			field { name: "hint" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL } }
		message_type { name: "JWTSVIDResponse"
			field { name: "svids" number: 1 type: TYPE_MESSAGE type_name: ".JWTSVID" label: LABEL_REPEATED } }`), file)
	if err != nil {
		panic(err)
	}
	d, err := protodesc.NewFile(file, nil)
	if err != nil {
		panic(err)
	}
	return d.Messages()
}()

// svids is a JWTSVIDResponse in text.
func svids(t *testing.T, text string) proto.Message {
	t.Helper()
	m := dynamicpb.NewMessage(workload.ByName("JWTSVIDResponse"))
	if err := prototext.Unmarshal([]byte(text), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// agent is a SPIFFE agent, on gRPC's own server.
func agent(t *testing.T, l net.Listener, answer func(context.Context) (proto.Message, error)) {
	t.Helper()
	server := grpc.NewServer()
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "SpiffeWorkloadAPI",
		HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "FetchJWTSVID",
			Handler: func(_ any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
				request := dynamicpb.NewMessage(workload.ByName("JWTSVIDRequest"))
				if err := decode(request); err != nil {
					return nil, err
				}
				md, _ := metadata.FromIncomingContext(ctx)
				if !slices.Equal(md.Get("workload.spiffe.io"), []string{"true"}) {
					return nil, grpcstatus.Error(codes.InvalidArgument, "security header missing from request")
				}
				if got := prototext.Format(request); strings.Join(strings.Fields(got), "") != `audience:"sigstore"` {
					return nil, grpcstatus.Error(codes.InvalidArgument, got)
				}
				return answer(ctx)
			},
		}},
	}, struct{}{})
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l)
	}()
	t.Cleanup(func() {
		server.Stop()
		<-served
	})
}

// listenUnix listens at a path that is short enough for a socket.
func listenUnix(t *testing.T) (l net.Listener, socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "spiffe-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "api.sock")
	if l, err = net.Listen("unix", path); err != nil {
		t.Fatal(err)
	}
	return l, "unix://" + path
}

func TestSPIFFE(t *testing.T) {
	t.Parallel()
	answer := func(context.Context) (proto.Message, error) {
		return svids(t, `svids { spiffe_id: "spiffe://example.com/ci" svid: "`+testToken+`" hint: "internal" } svids { spiffe_id: "spiffe://example.com/other" svid: "other" }`), nil
	}
	over := func(t *testing.T, socket string) {
		client, trace := newClient(t, patience)
		token, err := provider.SPIFFE{Socket: socket, Audience: testAudience, Client: client}.Token(t.Context())
		if err != nil || token != testToken {
			t.Fatalf("%q, %v", token, err)
		}
		checkSecretKept(t, trace.String())
	}
	t.Run("unix", func(t *testing.T) {
		t.Parallel()
		l, socket := listenUnix(t)
		agent(t, l, answer)
		over(t, socket)
	})
	t.Run("tcp", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		agent(t, l, answer)
		over(t, "tcp://"+l.Addr().String())
	})
}

func TestSPIFFEAgentsThatFail(t *testing.T) {
	t.Parallel()
	fails := func(code codes.Code, text string) func(context.Context) (proto.Message, error) {
		return func(context.Context) (proto.Message, error) { return nil, grpcstatus.Error(code, text) }
	}
	says := func(text string) func(context.Context) (proto.Message, error) {
		return func(context.Context) (proto.Message, error) { return svids(t, text), nil }
	}
	for _, test := range []struct {
		name    string
		answer  func(context.Context) (proto.Message, error)
		timeout time.Duration
		cause   string
	}{
		{name: "no entry", answer: fails(codes.PermissionDenied, "no identity issued"), cause: `PermissionDenied: "no identity issued"`},
		{name: "not UTF-8", answer: fails(codes.Unavailable, "agent\n\x1b[2J is ä 100% busy"), cause: `Unavailable: "agent\n\x1b[2J is ä 100% busy"`},
		{name: "a code of its own", answer: fails(codes.Code(42), ""), cause: `code 42: ""`},
		{name: "a long message", answer: fails(codes.InvalidArgument, strings.Repeat("long ", 100)), cause: `long …"`},
		{name: "a token in the message", answer: fails(codes.Unavailable, testToken), cause: `Unavailable: "[token]`},
		{name: "no SVID", answer: says(``), cause: "contains no SVID"},
		{name: "an empty SVID", answer: says(`svids { spiffe_id: "spiffe://example.com/ci" }`), cause: "contains no SVID"},
		{name: "a huge SVID", answer: says(`svids { svid: "` + strings.Repeat("s", 200<<10) + `" }`), cause: "longer than 81920 bytes"},
		{
			name:    "hangs",
			answer:  func(ctx context.Context) (proto.Message, error) { <-ctx.Done(); return nil, ctx.Err() },
			timeout: time.Second, cause: "no answer after 1s",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, socket := listenUnix(t)
			agent(t, l, test.answer)
			timeout := test.timeout
			if timeout == 0 {
				timeout = patience
			}
			client, trace := newClient(t, timeout)
			token, err := provider.SPIFFE{Socket: socket, Audience: testAudience, Client: client}.Token(t.Context())
			if token != "" {
				t.Fatalf("token %q", token)
			}
			checkServiceError(t, err, "spiffe", socket, test.cause)
			checkSecretKept(t, trace.String())
		})
	}
}

// What listens at the socket need not be an agent.
func TestSPIFFESocketOfSomethingElse(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		header  map[string]string
		trailer map[string]string
		body    string
		status  int
		cause   string
	}{
		{name: "a web server", header: map[string]string{"Content-Type": "text/html"}, body: "<html>", cause: "not gRPC"},
		{name: "a web server without the page", status: 404, body: "not found", cause: "HTTP 404 Not Found"},
		{name: "no status", body: "\x00\x00\x00\x00\x00", cause: "no gRPC status"},
		{name: "a status that is no number", trailer: map[string]string{"Grpc-Status": "fine"}, cause: "no gRPC status"},
		{name: "no message", trailer: map[string]string{"Grpc-Status": "0"}, cause: "contains no message"},
		{name: "half a prefix", trailer: map[string]string{"Grpc-Status": "0"}, body: "\x00\x00", cause: "contains no message"},
		{name: "compressed", trailer: map[string]string{"Grpc-Status": "0"}, body: "\x01\x00\x00\x00\x00", cause: "compressed, which was not requested"},
		{name: "half a message", trailer: map[string]string{"Grpc-Status": "0"}, body: "\x00\x00\x00\x00\x05\x0a", cause: "not exactly one message"},
		{name: "two messages", trailer: map[string]string{"Grpc-Status": "0"}, body: "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", cause: "not exactly one message"},
		{name: "four gigabytes", trailer: map[string]string{"Grpc-Status": "0"}, body: "\x00\xff\xff\xff\xff", cause: "not exactly one message"},
		{name: "not protobuf", trailer: map[string]string{"Grpc-Status": "0"}, body: "\x00\x00\x00\x00\x01\x0a", cause: "not protobuf"},
		{name: "another type", trailer: map[string]string{"Grpc-Status": "0"}, body: "\x00\x00\x00\x00\x02\x08\x01", cause: "not an SVID in protobuf"},
		{name: "redirects", header: map[string]string{"Location": "http://192.0.2.1/"}, status: 307, cause: "redirects to http://192.0.2.1: refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, socket := listenUnix(t)
			protocols := new(http.Protocols)
			protocols.SetUnencryptedHTTP2(true)
			server := &http.Server{Protocols: protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/grpc")
				for name, value := range test.header {
					w.Header().Set(name, value)
				}
				if test.status != 0 {
					w.WriteHeader(test.status)
				}
				_, _ = w.Write([]byte(test.body))
				for name, value := range test.trailer {
					w.Header().Set(http.TrailerPrefix+name, value)
				}
			})}
			go func() { _ = server.Serve(l) }()
			t.Cleanup(func() { _ = server.Close() })
			client, _ := newClient(t, patience)
			_, err := provider.SPIFFE{Socket: socket, Audience: testAudience, Client: client}.Token(t.Context())
			checkServiceError(t, err, "spiffe", socket, test.cause)
		})
	}
}

func TestSPIFFESockets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, socket, err string }{
		{"nobody there", "unix:///nonexistent/api.sock", "no such file"},
		{"a path without a scheme", "/run/spire/api.sock", "neither unix:///PATH nor tcp://IP:PORT"},
		{"a relative path", "unix:api.sock", "neither"},
		{"a host and a path", "unix://run/spire/api.sock", "neither"},
		{"no path", "unix://", "neither"},
		{"a name", "tcp://localhost:8081", "tcp needs an IP address and a port"},
		{"no port", "tcp://127.0.0.1", "tcp needs an IP address and a port"},
		{"tcp with a path", "tcp://127.0.0.1:8081/api", "neither"},
		{"a query", "unix:///api.sock?a=b", "neither"},
		{"http", "http://127.0.0.1:8081", "neither"},
		{"empty", "", "neither"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client, _ := newClient(t, patience)
			_, err := provider.SPIFFE{Socket: test.socket, Audience: testAudience, Client: client}.Token(t.Context())
			if err == nil || !strings.HasPrefix(err.Error(), "spiffe") || !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
	// A plain HTTP/1 server at the socket is a clear error too.
	l, socket := listenUnix(t)
	server := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	client, _ := newClient(t, patience)
	_, err := provider.SPIFFE{Socket: socket, Audience: testAudience, Client: client}.Token(t.Context())
	if err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// The law: no panic; what is read is what protobuf's own parser reads.
func FuzzFirstSVID(f *testing.F) {
	for _, text := range []string{
		``,
		`svids { spiffe_id: "spiffe://example.com/a" svid: "a.b.c" hint: "h" }`,
		`svids { svid: "a" } svids { svid: "b" }`,
	} {
		m := dynamicpb.NewMessage(workload.ByName("JWTSVIDResponse"))
		if err := prototext.Unmarshal([]byte(text), m); err != nil {
			f.Fatal(err)
		}
		raw, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("\x0a\x06\x12\x01a\x12\x01b")) // the token twice
	f.Add([]byte("\x0b\x0c"))                   // a group
	f.Add([]byte("\x08\x01"))                   // a number
	response, svid := workload.ByName("JWTSVIDResponse"), workload.ByName("JWTSVID")
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := provider.FirstSVID(raw)
		m := dynamicpb.NewMessage(response)
		if proto.Unmarshal(raw, m) != nil || err != nil {
			return
		}
		list := m.Get(response.Fields().ByName("svids")).List()
		if list.Len() == 0 {
			t.Fatalf("%q, protobuf reads none", got)
		}
		if want := list.Get(0).Message().Get(svid.Fields().ByName("svid")).String(); got != want || got == "" {
			t.Fatalf("%q, protobuf reads %q", got, want)
		}
	})
}
