package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/athanor-ml/athanor/data/chat"
)

// Example is a conversation to learn from: each thing that the assistant says is an answer to what stands before it.
type Example struct {
	Kind     string         `json:"kind,omitempty"` // of the task, where the source names it
	Messages []chat.Message `json:"messages"`
}

// Pair is the example of one prompt and its response.
func Pair(prompt, response string) Example {
	return Example{Messages: []chat.Message{{Role: "user", Content: prompt}, {Role: "assistant", Content: response}}}
}

// Prompt is what stands before the last answer: all messages, where the last one is no answer.
func (e Example) Prompt() []chat.Message {
	n := len(e.Messages)
	if n > 0 && e.Messages[n-1].Role == "assistant" {
		n--
	}
	return e.Messages[:n]
}

// Response is the last answer; "" where the last message is none.
func (e Example) Response() string {
	if n := len(e.Messages); n > 0 && e.Messages[n-1].Role == "assistant" {
		return e.Messages[n-1].Content
	}
	return ""
}

// held reports whether an example is held out when a share is trained on. It is a function of the prompt alone, so that no prompt is
// on both sides.
func (e Example) held(share float64) bool {
	h := sha256.New()
	for _, m := range e.Prompt() {
		fmt.Fprintf(h, "%d %s%d %s", len(m.Role), m.Role, len(m.Content), m.Content)
	}
	return float64(binary.BigEndian.Uint64(h.Sum(nil))>>11)/(1<<53) >= share
}

// row is an example as files spell it, in the several ways that are about.
type row struct {
	Messages      turns     `json:"messages"`      // {role, content}
	Conversations turns     `json:"conversations"` // {from, value}
	Prompt        *oneTurn  `json:"prompt"`        // with response or completion
	Response      *oneTurn  `json:"response"`
	Completion    *oneTurn  `json:"completion"`
	Instruction   *string   `json:"instruction"` // with output, and input where there is one
	Input         *string   `json:"input"`
	Output        *string   `json:"output"`
	System        *string   `json:"system"`
	Kind          anyString `json:"kind"`
}

// parseExample reads a row of a JSON Lines file: an object with "messages", or "prompt" and "response" (or "completion"), or
// "instruction", "input" and "output", or "conversations".
func parseExample(line []byte) (Example, error) {
	var r row
	if !utf8.Valid(line) {
		return Example{}, errors.New("not UTF-8")
	}
	if err := json.Unmarshal(line, &r); err != nil {
		return Example{}, fmt.Errorf("not a row of instructions: %w", err)
	}
	e := Example{Kind: string(r.Kind)}
	switch answer := firstOf(r.Response, r.Completion); {
	case len(r.Messages) > 0:
		e.Messages = r.Messages
	case len(r.Conversations) > 0:
		e.Messages = r.Conversations
	case r.Prompt != nil && answer != nil:
		e.Messages = append(r.Prompt.as("user"), answer.as("assistant")...)
	case r.Instruction != nil && (r.Output != nil || answer != nil):
		prompt := *r.Instruction
		if r.Input != nil && *r.Input != "" {
			prompt += "\n" + *r.Input
		}
		if answer == nil {
			answer = &oneTurn{text: *r.Output}
		}
		e.Messages = append([]chat.Message{{Role: "user", Content: prompt}}, answer.as("assistant")...)
	default:
		return Example{}, errors.New(`it has neither "messages" nor "prompt" and "response"`)
	}
	if r.System != nil && *r.System != "" && e.Messages[0].Role != "system" {
		e.Messages = append([]chat.Message{{Role: "system", Content: *r.System}}, e.Messages...)
	}
	for i, m := range e.Messages {
		if m.Role == "" {
			return Example{}, fmt.Errorf("message %d has no role", i)
		}
	}
	return e, nil
}

func firstOf(turns ...*oneTurn) *oneTurn {
	for _, t := range turns {
		if t != nil {
			return t
		}
	}
	return nil
}

// turns are messages, with the names that one or the other format has for their parts.
type turns []chat.Message

// UnmarshalJSON implements json.Unmarshaler.
func (t *turns) UnmarshalJSON(b []byte) error {
	var list []struct {
		Role, From     string
		Content, Value content
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	for _, m := range list {
		role := m.Role
		if role == "" {
			role = map[string]string{"human": "user", "gpt": "assistant"}[m.From]
			if role == "" {
				role = m.From
			}
		}
		*t = append(*t, chat.Message{Role: role, Content: string(m.Content) + string(m.Value)})
	}
	return nil
}

// content is what a message says: a text, or a list of parts of text.
type content string

// UnmarshalJSON implements json.Unmarshaler.
func (c *content) UnmarshalJSON(b []byte) error {
	if b[0] != '[' {
		return json.Unmarshal(b, (*string)(c))
	}
	var parts []struct{ Type, Text string }
	if err := json.Unmarshal(b, &parts); err != nil {
		return err
	}
	var s strings.Builder
	for _, p := range parts {
		if p.Type != "text" {
			return fmt.Errorf("a part of a message is of type %q, want \"text\"", p.Type)
		}
		s.WriteString(p.Text)
	}
	*c = content(s.String())
	return nil
}

// oneTurn is a text, or messages.
type oneTurn struct {
	text     string
	messages turns
}

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneTurn) UnmarshalJSON(b []byte) error {
	if b[0] == '[' {
		return json.Unmarshal(b, &o.messages)
	}
	return json.Unmarshal(b, &o.text)
}

func (o *oneTurn) as(role string) []chat.Message {
	if o.messages != nil {
		return o.messages
	}
	return []chat.Message{{Role: role, Content: o.text}}
}

// anyString is a string; other values are left out.
type anyString string

// UnmarshalJSON implements json.Unmarshaler.
func (a *anyString) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, (*string)(a))
	}
	return nil
}
