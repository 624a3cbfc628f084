package wire

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// sample returns the frames of a signed message with two identities and a buffer.
func sample(t testing.TB, c *Codec) [][]byte {
	t.Helper()
	m, err := c.New("execute_request", nil, NewExecuteRequest("1 + 1"))
	if err != nil {
		t.Fatal(err)
	}
	m.Identities = [][]byte{[]byte("peer"), {0, 1}}
	m.Buffers = [][]byte{{1, 2, 3}}
	frames, err := c.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

func TestRoundTrip(t *testing.T) {
	for _, key := range []string{"", "secret"} {
		c := NewCodec(key, "tester")
		m, err := c.Decode(sample(t, c))
		if err != nil {
			t.Fatalf("key %q: Decode = %v", key, err)
		}
		var r ExecuteRequest
		if err := m.Into(&r); err != nil || r.Code != "1 + 1" || !r.StopOnError {
			t.Errorf("key %q: content = %+v, %v", key, r, err)
		}
		if m.Header.Type != "execute_request" || m.Header.Session != c.Session || m.Header.Version != Version {
			t.Errorf("key %q: header = %+v", key, m.Header)
		}
		if len(m.Identities) != 2 || string(m.Identities[0]) != "peer" || len(m.Buffers) != 1 {
			t.Errorf("key %q: identities %q, buffers %v", key, m.Identities, m.Buffers)
		}
	}
}

// A reply carries the request's header back byte for byte, with fields that we do not know.
func TestReplyKeepsForeignHeaderFields(t *testing.T) {
	c := NewCodec("k", "u")
	request := &Message{
		Identities: [][]byte{[]byte("id")},
		RawHeader:  json.RawMessage(`{"msg_id":"7","msg_type":"x","future":[1,2]}`),
	}
	m, err := c.Reply("y", request, OK)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := c.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(frames[4]); got != string(request.RawHeader) {
		t.Errorf("parent_header = %s, want %s", got, request.RawHeader)
	}
	if got := m.ParentHeader().MsgID; got != "7" {
		t.Errorf("ParentHeader().MsgID = %q, want 7", got)
	}
}

func TestDecodeRefuses(t *testing.T) {
	c := NewCodec("secret", "u")
	edit := func(f func([][]byte) [][]byte) [][]byte { return f(slices.Clone(sample(t, c))) }
	cases := []struct {
		name   string
		frames [][]byte
		want   Kind
	}{
		{"nothing", nil, NoDelimiter},
		{"garbage", [][]byte{[]byte("hello"), {0xff}}, NoDelimiter},
		{"delimiter last", [][]byte{[]byte("id"), []byte(delimiter)}, TooShort},
		{"cut", edit(func(f [][]byte) [][]byte { return f[:6] }), TooShort},
		{"content changed", edit(func(f [][]byte) [][]byte { f[7] = []byte(`{"code":"os.Exit(1)"}`); return f }), BadSignature},
		{"empty signature", edit(func(f [][]byte) [][]byte { f[3] = nil; return f }), BadSignature},
		{"signature not hex", edit(func(f [][]byte) [][]byte { f[3] = []byte(strings.Repeat("z", 64)); return f }), BadSignature},
		{"another key", sample(t, NewCodec("other", "u")), BadSignature},
	}
	for _, tc := range cases {
		if _, err := c.Decode(tc.frames); KindOf(err) != tc.want {
			t.Errorf("%s: Decode = %v, want kind %q", tc.name, err, tc.want)
		}
	}
}

// With the right signature (or none), the JSON itself is still checked.
func TestDecodeRefusesBadJSON(t *testing.T) {
	c := NewCodec("", "u")
	for i, name := range []string{"header", "parent_header", "metadata", "content"} {
		for _, bad := range []string{"", "{", "[]", "null", `{"a":}`, "\xff"} {
			f := sample(t, c)
			f[4+i] = []byte(bad)
			if _, err := c.Decode(f); KindOf(err) != BadJSON {
				t.Errorf("%s = %q: Decode = %v, want kind %q", name, bad, err, BadJSON)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	signed, open := NewCodec("key", "u"), NewCodec("", "u")
	f.Add([]byte("id\n<IDS|MSG>\nsig\n{}\n{}\n{}\n{}"))
	f.Add([]byte("<IDS|MSG>"))
	f.Add([]byte("<IDS|MSG>\n\n{\"msg_type\":\"a\"}\n{}\n{}\n{}\nbuffer"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var frames [][]byte
		for part := range strings.SplitSeq(string(data), "\n") {
			frames = append(frames, []byte(part))
		}
		if m, err := signed.Decode(frames); err == nil {
			t.Fatalf("a message without our key was accepted: %+v", m)
		}
		m, err := open.Decode(frames)
		if err != nil {
			if KindOf(err) == "" {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		back, err := open.Encode(m)
		if err != nil {
			t.Fatalf("decoded but not encodable: %v", err)
		}
		if again, err := open.Decode(back); err != nil || again.Header.Type != m.Header.Type {
			t.Fatalf("round trip: %+v, %v", again, err)
		}
	})
}
