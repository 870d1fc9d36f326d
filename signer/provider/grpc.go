package provider

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/git-seal/git-seal/signer"
)

// One call with one message each way is all of gRPC that is needed here (gRPC over
// HTTP/2): the library would be a tenth of the program.
const grpcContentType = "application/grpc"

// grpcPrefix is the length of a message's prefix: a byte that says whether the message is
// compressed, and the message's length.
const grpcPrefix = 1 + 4

// frame returns the body of a call with one message.
func frame(message []byte) []byte {
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	return append(body, message...)
}

// unframe returns the one message of an answer with the status OK.
func unframe(a *signer.TokenAnswer) ([]byte, error) {
	if kind := a.Header.Get("Content-Type"); kind != grpcContentType && !strings.HasPrefix(kind, grpcContentType+"+") {
		return nil, a.Refuse("not gRPC")
	}
	if err := grpcStatus(a); err != nil {
		return nil, err
	}
	if len(a.Body) < grpcPrefix {
		return nil, a.Refuse("contains no message")
	}
	switch message := a.Body[grpcPrefix:]; {
	case a.Body[0] != 0:
		return nil, a.Refuse("compressed, which was not requested")
	case uint64(binary.BigEndian.Uint32(a.Body[1:])) != uint64(len(message)):
		return nil, a.Refuse("not exactly one message")
	default:
		return message, nil
	}
}

// grpcStatus returns nil if the call succeeded. An answer without a message has its status
// in the header.
func grpcStatus(a *signer.TokenAnswer) error {
	var from http.Header
	for _, h := range []http.Header{a.Trailer, a.Header} {
		if h.Get("Grpc-Status") != "" {
			from = h
			break
		}
	}
	code, err := strconv.Atoi(from.Get("Grpc-Status"))
	if err != nil {
		return a.Refuse("no gRPC status")
	}
	if code == 0 {
		return nil
	}
	message, err := url.PathUnescape(from.Get("Grpc-Message"))
	if err != nil {
		message = from.Get("Grpc-Message")
	}
	if len(message) > maxGRPCMessage {
		message = strings.ToValidUTF8(message[:maxGRPCMessage], "") + "…"
	}
	return a.Refuse("%s: %q", grpcCode(code), message)
}

// maxGRPCMessage is how much of the other side's message goes into an error.
const maxGRPCMessage = 200

// grpcCode returns the name of a code that a SPIFFE agent answers with (SPIFFE Workload
// Endpoint, appendix A).
func grpcCode(code int) string {
	switch code {
	case 3:
		return "InvalidArgument"
	case 7:
		return "PermissionDenied"
	case 12:
		return "Unimplemented"
	case 14:
		return "Unavailable"
	}
	return fmt.Sprintf("code %d", code)
}
