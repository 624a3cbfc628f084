// Package wire turns the frames of a ZeroMQ message into a Jupyter message and back. It opens no socket and keeps no state
// besides the key.
//
// A Message is, on the wire,
//
//	identity…  "<IDS|MSG>"  signature  header  parent_header  metadata  content  buffer…
//
// where the four middle frames are JSON and the signature is the lower-case hex HMAC-SHA256 of those four, under the key of
// the connection file. An empty key means unsigned. A Codec decodes and encodes; a frame list that is not a message gives a
// *DecodeError whose Kind says which rule it broke, so that the caller can count and drop it. Nothing here panics on any input.
//
// content.go has the contents of the messages of protocol 5.5, as structs.
package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Version is the protocol version that the kernel speaks and puts into every header.
const Version = "5.5"

// delimiter ends the routing identities.
const delimiter = "<IDS|MSG>"

// Header names a message.
type Header struct {
	MsgID    string `json:"msg_id"`
	Session  string `json:"session"`
	Username string `json:"username"`
	Date     string `json:"date"` // RFC 3339 with microseconds, UTC
	Type     string `json:"msg_type"`
	Version  string `json:"version"`
	// Subshell is the id of the subshell a request is meant for (protocol 5.5); nil is the main shell.
	Subshell *string `json:"subshell_id,omitempty"`
}

// Message is one Jupyter message. Parent is the header of the request that caused it, as raw JSON, so that fields unknown
// to us travel back unchanged; empty means "{}".
type Message struct {
	Identities [][]byte
	Header     Header
	RawHeader  json.RawMessage // the header's bytes as received; Encode ignores it
	Parent     json.RawMessage
	Metadata   json.RawMessage
	Content    json.RawMessage
	Buffers    [][]byte
}

// ParentHeader decodes Parent; the zero Header when there is none.
func (m *Message) ParentHeader() Header {
	var h Header
	if len(m.Parent) > 0 {
		_ = json.Unmarshal(m.Parent, &h)
	}
	return h
}

// Into decodes the content into v.
func (m *Message) Into(v any) error {
	if err := json.Unmarshal(m.Content, v); err != nil {
		return fmt.Errorf("content of %s: %w", m.Header.Type, err)
	}
	return nil
}

// Kind says why frames are not a message.
type Kind string

// The faults that Decode reports.
const (
	NoDelimiter  Kind = "no delimiter"
	TooShort     Kind = "too few frames"
	BadSignature Kind = "wrong signature"
	BadJSON      Kind = "bad JSON"
)

// DecodeError is what Decode returns for frames that are not a message of ours.
type DecodeError struct {
	Kind   Kind
	Detail string
}

func (e *DecodeError) Error() string { return "jupyter message: " + string(e.Kind) + ": " + e.Detail }

// KindOf returns the Kind of a *DecodeError inside err, and "" for any other error.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*DecodeError](err); ok {
		return e.Kind
	}
	return ""
}

// Codec signs, checks and numbers the messages of one session. It is safe for use by many goroutines.
type Codec struct {
	Session string
	User    string
	key     []byte
	count   atomic.Uint64
}

// NewCodec makes a codec with a fresh session id. key is the key of the connection file; empty for unsigned messages.
func NewCodec(key, user string) *Codec {
	return &Codec{Session: NewID(), User: user, key: []byte(key)}
}

// NewID returns 128 random bits as hex text, for sessions, comms and keys.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}

// Decode reads a message out of the frames of one multipart ZeroMQ message. It keeps references to the frames. The error is
// a *DecodeError.
func (c *Codec) Decode(frames [][]byte) (*Message, error) {
	at := -1
	for i, f := range frames {
		if string(f) == delimiter {
			at = i
			break
		}
	}
	if at < 0 {
		return nil, &DecodeError{NoDelimiter, fmt.Sprintf("%d frames and none is %s", len(frames), delimiter)}
	}
	rest := frames[at+1:]
	if len(rest) < 5 {
		return nil, &DecodeError{TooShort, fmt.Sprintf("%d frames after the delimiter, want 5 or more", len(rest))}
	}
	if err := c.check(rest[0], rest[1:5]); err != nil {
		return nil, err
	}
	m := &Message{
		Identities: frames[:at], RawHeader: rest[1], Parent: rest[2], Metadata: rest[3], Content: rest[4],
		Buffers: rest[5:],
	}
	return m, m.parse()
}

// parse decodes the header and checks that the other three are JSON objects.
func (m *Message) parse() error {
	if err := json.Unmarshal(m.RawHeader, &m.Header); err != nil {
		return &DecodeError{BadJSON, "header: " + err.Error()}
	}
	if m.Header.Type == "" {
		return &DecodeError{BadJSON, "header has no msg_type"}
	}
	for name, raw := range map[string]json.RawMessage{"parent_header": m.Parent, "metadata": m.Metadata, "content": m.Content} {
		if t := bytes.TrimLeft(raw, " \t\r\n"); len(t) == 0 || t[0] != '{' || !json.Valid(raw) {
			return &DecodeError{BadJSON, name + " is not a JSON object"}
		}
	}
	return nil
}

// check compares the signature in constant time.
func (c *Codec) check(sig []byte, parts [][]byte) error {
	if len(c.key) == 0 {
		return nil
	}
	got := make([]byte, sha256.Size)
	if len(sig) != 2*sha256.Size {
		return &DecodeError{BadSignature, fmt.Sprintf("%d bytes of signature, want %d", len(sig), 2*sha256.Size)}
	}
	if _, err := hex.Decode(got, sig); err != nil {
		return &DecodeError{BadSignature, "signature is not hex"}
	}
	if !hmac.Equal(got, c.sum(parts)) {
		return &DecodeError{BadSignature, "HMAC-SHA256 differs: the sender has another key"}
	}
	return nil
}

func (c *Codec) sum(parts [][]byte) []byte {
	h := hmac.New(sha256.New, c.key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// Encode makes the frames of m.
func (c *Codec) Encode(m *Message) ([][]byte, error) {
	header, err := json.Marshal(m.Header)
	if err != nil {
		return nil, fmt.Errorf("encode header of %s: %w", m.Header.Type, err)
	}
	parts := [][]byte{header, object(m.Parent), object(m.Metadata), object(m.Content)}
	var sig []byte
	if len(c.key) > 0 {
		sig = []byte(hex.EncodeToString(c.sum(parts)))
	}
	frames := make([][]byte, 0, len(m.Identities)+6+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, []byte(delimiter), sig)
	frames = append(frames, parts...)
	return append(frames, m.Buffers...), nil
}

func object(raw json.RawMessage) []byte {
	if len(raw) == 0 {
		return []byte("{}")
	}
	return raw
}

// New makes a message of the given type with content marshalled to JSON. parent is the request it answers, or nil.
func (c *Codec) New(msgType string, parent *Message, content any) (*Message, error) {
	raw, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("encode content of %s: %w", msgType, err)
	}
	m := &Message{
		Header: Header{
			MsgID:   fmt.Sprintf("%s_%d", c.Session, c.count.Add(1)),
			Session: c.Session, Username: c.User,
			Date: time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00"),
			Type: msgType, Version: Version,
		},
		Content: raw,
	}
	if parent != nil {
		m.Parent = parent.RawHeader
	}
	return m, nil
}

// Reply makes the answer to a request, addressed to the request's sender.
func (c *Codec) Reply(msgType string, request *Message, content any) (*Message, error) {
	m, err := c.New(msgType, request, content)
	if err != nil {
		return nil, err
	}
	m.Identities = request.Identities
	return m, nil
}
