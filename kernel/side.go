package kernel

import (
	"context"
	"time"

	"github.com/athanor-ml/athanor/kernel/wire"
)

// sideTimeout bounds completion and inspection: a front end has given up by then.
const sideTimeout = 5 * time.Second

// runSide answers the shell requests that are not cells, in order, also while a cell runs.
func (k *kernel) runSide(ctx context.Context) {
	for {
		j, ok := k.side.pop(ctx)
		if !ok {
			return
		}
		k.framed(j.Message, func() { k.answer(ctx, j.Message) })
	}
}

// answer handles one such request. A request whose content is not what it should be gets the zero request's answer, or an
// error where that makes no sense.
func (k *kernel) answer(ctx context.Context, m *wire.Message) {
	ctx, cancel := context.WithTimeout(ctx, sideTimeout)
	defer cancel()
	reply := func(msgType string, content any) { k.reply(k.shell, m, msgType, content) }
	switch t := m.Header.Type; t {
	case "kernel_info_request":
		reply("kernel_info_reply", k.info())
	case "complete_request":
		reply("complete_reply", k.complete(ctx, m))
	case "inspect_request":
		reply("inspect_reply", k.inspect(ctx, m))
	case "is_complete_request":
		reply("is_complete_reply", k.isComplete(ctx, m))
	case "history_request":
		var r wire.HistoryRequest
		_ = m.Into(&r)
		reply("history_reply", wire.HistoryReply{Status: wire.OK, History: k.history.query(r)})
	case "comm_info_request":
		var r wire.CommInfoRequest
		_ = m.Into(&r)
		reply("comm_info_reply", wire.CommInfoReply{Status: wire.OK, Comms: k.comms.list(r.Target)})
	case "comm_open", "comm_msg", "comm_close":
		k.comms.handle(m)
	case "connect_request":
		reply("connect_reply", wire.ConnectReply{
			Status: wire.OK, Shell: k.cf.Shell, IOPub: k.cf.IOPub, Stdin: k.cf.Stdin, HB: k.cf.HB, Control: k.cf.Control,
		})
	default:
		k.cfg.Logf("shell: unknown message %q", t)
	}
}

func (k *kernel) info() wire.KernelInfoReply {
	i := k.exec.Info()
	links := k.cfg.HelpLinks
	if links == nil {
		links = []wire.HelpLink{{Text: "Go", URL: "https://go.dev/doc/"}}
	}
	return wire.KernelInfoReply{
		Status: wire.OK, ProtocolVersion: wire.Version,
		Implementation: i.Implementation, ImplementationVersion: i.Version, Banner: i.Banner,
		LanguageInfo: wire.LanguageInfo{
			Name: "go", Version: i.GoVersion, MIMEType: "text/x-go", FileExtension: ".go",
			PygmentsLexer: "go", CodemirrorMode: "go", NbconvertExporter: "script",
		},
		SupportedFeatures: []string{}, HelpLinks: links,
	}
}

func (k *kernel) complete(ctx context.Context, m *wire.Message) wire.CompleteReply {
	var r wire.CompleteRequest
	_ = m.Into(&r)
	r.Cursor = clamp(r.Cursor, r.Code)
	c := k.exec.Complete(ctx, r.Code, r.Cursor)
	reply := wire.CompleteReply{
		Status: wire.OK, Matches: c.Matches, Start: c.Start, End: c.End, Metadata: wire.Data{},
	}
	if len(c.Matches) == 0 {
		reply.Matches, reply.Start, reply.End = []string{}, r.Cursor, r.Cursor
		return reply
	}
	types := make([]wire.Data, 0, len(c.Matches))
	for _, match := range c.Matches {
		types = append(types, wire.Data{"text": match, "type": c.Types[match], "start": c.Start, "end": c.End})
	}
	reply.Metadata["_jupyter_types_experimental"] = types // what JupyterLab and VS Code read for the icons
	return reply
}

func (k *kernel) inspect(ctx context.Context, m *wire.Message) wire.InspectReply {
	var r wire.InspectRequest
	_ = m.Into(&r)
	data := k.exec.Inspect(ctx, r.Code, clamp(r.Cursor, r.Code), r.Detail)
	return wire.InspectReply{Status: wire.OK, Found: data != nil, Data: orEmpty(data), Metadata: wire.Data{}}
}

func (k *kernel) isComplete(ctx context.Context, m *wire.Message) wire.IsCompleteReply {
	var r wire.IsCompleteRequest
	_ = m.Into(&r)
	if _, _, ok := question(r.Code); ok {
		return wire.IsCompleteReply{Status: string(Complete)}
	}
	status, indent := k.exec.IsComplete(ctx, r.Code)
	return wire.IsCompleteReply{Status: string(status), Indent: indent}
}

// clamp keeps a cursor, in code points, inside the code.
func clamp(cursor int, code string) int { return max(0, min(cursor, len([]rune(code)))) }
