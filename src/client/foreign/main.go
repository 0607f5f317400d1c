// A publisher in another language, with nothing but the NATS client: proof that the contract's "any NATS client is
// enough" is true. It publishes what foreign.server.test.ts expects and prints the acknowledgement of each.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type Sent struct {
	Subject  string `json:"subject"`
	Key      string `json:"key"`
	Sequence uint64 `json:"sequence"`
}

// keyToken percent-encodes what a subject's token cannot hold.
func keyToken(key string) string {
	var token strings.Builder
	for i := 0; i < len(key); i++ {
		c := key[i]
		if c <= ' ' || c == 0x7f || strings.IndexByte(".*>%", c) >= 0 {
			fmt.Fprintf(&token, "%%%02X", c)
		} else {
			token.WriteByte(c)
		}
	}
	return token.String()
}

func run(url string) error {
	connection, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer connection.Close()
	stream, err := jetstream.New(connection)
	if err != nil {
		return err
	}
	sent := []Sent{}
	publish := func(token, key string, headers nats.Header) error {
		body, err := json.Marshal(map[string]string{"pageId": key, "from": "go"})
		if err != nil {
			return err
		}
		message := &nats.Msg{Subject: "ingest.acme.page_viewed." + token, Data: body, Header: headers}
		within, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		ack, err := stream.PublishMsg(within, message)
		if err != nil {
			return fmt.Errorf("%s: %w", message.Subject, err)
		}
		sent = append(sent, Sent{Subject: message.Subject, Key: key, Sequence: ack.Sequence})
		return nil
	}
	for i, key := range []string{"ann@example.com", "/a b.html", "*", ">", "größe 100%", "plain"} {
		headers := nats.Header{}
		headers.Set("Millrace-Id", fmt.Sprintf("go-%d", i))
		headers.Set("Millrace-Time", time.UnixMilli(1767225600000+int64(i)).UTC().Format(time.RFC3339Nano))
		headers.Set("Millrace-Schema", "1")
		headers.Set("Nats-Msg-Id", fmt.Sprintf("acme/go-%d", i))
		if err := publish(keyToken(key), key, headers); err != nil {
			return err
		}
	}
	// What the stream's transform does not match is stored as it came: the stray lane.
	for _, raw := range []string{"*", ">", "a.dotted.key", "two.tokens"} {
		if err := publish(raw, raw, nil); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(sent)
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
