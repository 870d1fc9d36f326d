package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/google/trillian"
	trillianclient "github.com/google/trillian/client"
	"github.com/google/trillian/extension"
	trillianlog "github.com/google/trillian/log"
	"github.com/google/trillian/monitoring"
	"github.com/google/trillian/quota"
	"github.com/google/trillian/server"
	"github.com/google/trillian/server/admin"
	"github.com/google/trillian/server/interceptor"
	"github.com/google/trillian/storage/memory"
	"github.com/google/trillian/util/clock"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// sequencerBatch is the most leaves that one pass integrates; a pass follows each submission, so there is rarely more
// than one.
const sequencerBatch = 100

// trillianServer is the Merkle tree store that the CT log and Rekor v1 share. It keeps its trees in memory: after a
// restart both logs begin anew, and what they signed before still verifies, for the proofs travel with signatures.
type trillianServer struct {
	port int
	conn *grpc.ClientConn
	stop func()
}

// startTrillian starts Trillian's log server on a loopback port.
func startTrillian(ctx context.Context) (*trillianServer, error) {
	trees := memory.NewTreeStorage()
	registry := extension.Registry{
		AdminStorage:  memory.NewAdminStorage(trees),
		LogStorage:    memory.NewLogStorage(trees, monitoring.InertMetricFactory{}),
		QuotaManager:  quota.Noop(),
		MetricFactory: monitoring.InertMetricFactory{},
	}
	grpcServer := grpc.NewServer(grpc.ChainUnaryInterceptor(interceptor.ErrorWrapper, sequenceOnQueue(registry)))
	trillian.RegisterTrillianAdminServer(grpcServer, admin.New(registry, nil))
	trillian.RegisterTrillianLogServer(grpcServer, server.NewTrillianLogRPCServer(registry, clock.System))

	listener, err := new(net.ListenConfig).Listen(ctx, "tcp4", loopback+":0")
	if err != nil {
		return nil, err
	}
	go func() { _ = grpcServer.Serve(listener) }()
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		grpcServer.Stop()
		return nil, err
	}
	return &trillianServer{
		port: listener.Addr().(*net.TCPAddr).Port,
		conn: conn,
		stop: func() { _ = conn.Close(); grpcServer.Stop() },
	}, nil
}

// leafID is a leaf of one of the trees.
type leafID struct {
	tree int64
	hash string
}

// sequenceOnQueue integrates a leaf before its submission is answered. Trillian's own sequencer wakes up at intervals,
// which costs the submitter a wait and an idle sandbox processor time. A leaf that a tree has is not added again, as in
// Trillian's databases; its storage in memory does not look.
func sequenceOnQueue(registry extension.Registry) grpc.UnaryServerInterceptor {
	var mu sync.Mutex // two passes over one tree would collide
	leaves := make(map[leafID]*trillian.LogLeaf)
	sequencer := trillianlog.NewSequencerManager(registry, 0)
	info := &trillianlog.OperationInfo{
		Registry:   registry,
		BatchSize:  sequencerBatch,
		TimeSource: clock.System,
	}
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
		queued, ok := req.(*trillian.QueueLeafRequest)
		if !ok {
			return handler(ctx, req)
		}
		hash := sha256.Sum256(queued.GetLeaf().GetLeafValue())
		id := leafID{queued.LogId, string(hash[:])}
		mu.Lock()
		defer mu.Unlock()
		if leaf := leaves[id]; leaf != nil {
			return &trillian.QueueLeafResponse{QueuedLeaf: &trillian.QueuedLogLeaf{
				Leaf: leaf, Status: status.New(codes.AlreadyExists, "leaf already exists").Proto(),
			}}, nil
		}
		resp, err := handler(ctx, req)
		if err != nil {
			return resp, err
		}
		leaves[id] = queued.GetLeaf()
		if _, err := sequencer.ExecutePass(ctx, queued.LogId, info); err != nil {
			return nil, fmt.Errorf("sequence log %d: %w", queued.LogId, err)
		}
		return resp, nil
	}
}

// newTree makes an empty log and returns its id.
func (t *trillianServer) newTree(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tree, err := trillianclient.CreateAndInitTree(ctx, &trillian.CreateTreeRequest{
		Tree: &trillian.Tree{
			TreeType:        trillian.TreeType_LOG,
			TreeState:       trillian.TreeState_ACTIVE,
			MaxRootDuration: durationpb.New(time.Hour),
		},
	}, trillian.NewTrillianAdminClient(t.conn), t.logClient())
	if err != nil {
		return 0, fmt.Errorf("create tree: %w", err)
	}
	return tree.TreeId, nil
}

func (t *trillianServer) logClient() trillian.TrillianLogClient {
	return trillian.NewTrillianLogClient(t.conn)
}
