// Owns: one process that speaks the MongoDB wire protocol on a Postgres with the DocumentDB extension.
// Never: making that Postgres or its extension; both must be there before this starts.
//
// It ends when it gets SIGTERM or SIGINT (open calls are answered first), or, with -exit-with-stdin, when whoever
// holds the other end of its standard input is gone.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/FerretDB/FerretDB/v2/ferretdb"
)

const embedded = "github.com/FerretDB/FerretDB/v2"

func main() {
	postgres := flag.String("postgres-url", os.Getenv("FERRETDB_POSTGRESQL_URL"), "a Postgres with the documentdb extension")
	listen := flag.String("listen", "127.0.0.1:27017", "host:port to listen on")
	state := flag.String("state-dir", "", "a folder of its own")
	level := flag.String("log-level", "warn", "debug, info, warn or error")
	exitWithStdin := flag.Bool("exit-with-stdin", false, "end when standard input is closed")
	version := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *version {
		fmt.Println("ferretdb", embeddedVersion())
		return
	}
	if err := run(*postgres, *listen, *state, *level, *exitWithStdin); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

func run(postgres, listen, state, level string, exitWithStdin bool) error {
	if postgres == "" || state == "" {
		return fmt.Errorf("-postgres-url and -state-dir are needed")
	}
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if exitWithStdin {
		ctx = untilStdinCloses(ctx)
	}
	telemetry := false
	server, err := ferretdb.New(&ferretdb.Config{
		PostgreSQLURL: postgres,
		ListenAddr:    listen,
		StateDir:      state,
		LogLevel:      least,
		LogOutput:     os.Stderr,
		Telemetry:     &telemetry,
	})
	if err != nil {
		return err
	}
	server.Run(ctx)
	return nil
}

func untilStdinCloses(parent context.Context) context.Context {
	ctx, cancel := context.WithCancel(parent)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, os.Stdin) // an error is an end too
	}()
	return ctx
}

func embeddedVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range info.Deps {
		if module.Path == embedded {
			return module.Version
		}
	}
	return "unknown"
}
