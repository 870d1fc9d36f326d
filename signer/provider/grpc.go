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

// One call with one message each way is all of gRPC that is spoken here (gRPC
// over HTTP/2): the library is a tenth of the program.
const grpcContentType = "application/grpc"

// grpcPrefix is a byte that says whether the message is compressed, and its
// length.
const grpcPrefix = 1 + 4

// frame puts a message into a call's body.
func frame(message []byte) []byte {
	body := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(message)))
	return append(body, message...)
}

// unframe is the one message of an answer whose status is OK.
func unframe(a *signer.TokenAnswer) ([]byte, error) {
	if kind := a.Header.Get("Content-Type"); kind != grpcContentType && !strings.HasPrefix(kind, grpcContentType+"+") {
		return nil, a.Refuse("is not gRPC")
	}
	if err := grpcStatus(a); err != nil {
		return nil, err
	}
	if len(a.Body) < grpcPrefix {
		return nil, a.Refuse("holds no message")
	}
	switch message := a.Body[grpcPrefix:]; {
	case a.Body[0] != 0:
		return nil, a.Refuse("is compressed, which nobody asked for")
	case uint64(binary.BigEndian.Uint32(a.Body[1:])) != uint64(len(message)):
		return nil, a.Refuse("is not one whole message")
	default:
		return message, nil
	}
}

// grpcStatus is nil for a call that succeeded. Without a message its status
// stands in the header.
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
		return a.Refuse("ends without a status")
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

// maxGRPCMessage is how much of what the other side says goes into an error.
const maxGRPCMessage = 200

// grpcCode names the codes that a SPIFFE agent answers with (SPIFFE Workload
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
