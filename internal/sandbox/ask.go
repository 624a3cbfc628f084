package sandbox

import (
	"context"
	"encoding/json"

	"github.com/athanor-ml/athanor/kernel"
)

// ask does a side request and decodes its reply; false when the child died or ctx ended.
func (p *Proxy) ask(ctx context.Context, kind string, q query, reply any) bool {
	c, err := p.ready(ctx)
	if err != nil {
		return false
	}
	k := &call{}
	id, err := c.send(kind, q, k)
	if err != nil {
		return false
	}
	select {
	case raw := <-k.reply:
		return json.Unmarshal(raw, reply) == nil
	case <-c.dead:
	case <-ctx.Done():
		_ = c.w.send("cancel", id, nil)
	}
	return false
}

// Complete asks the child; no matches when it does not answer in time.
func (p *Proxy) Complete(ctx context.Context, code string, cursor int) (reply kernel.Completion) {
	if !p.ask(ctx, "complete", query{Code: code, Cursor: cursor}, &reply) {
		return kernel.Completion{Start: cursor, End: cursor}
	}
	return reply
}

// Inspect asks the child; nil when it does not answer in time.
func (p *Proxy) Inspect(ctx context.Context, code string, cursor, detail int) (reply kernel.Bundle) {
	p.ask(ctx, "inspect", query{code, cursor, detail}, &reply)
	return reply
}

// IsComplete asks the child; Unknown when it does not answer in time.
func (p *Proxy) IsComplete(ctx context.Context, code string) (kernel.Completeness, string) {
	var reply completeness
	if !p.ask(ctx, "is_complete", query{Code: code}, &reply) {
		return kernel.Unknown, ""
	}
	return reply.Status, reply.Indent
}
