package wire

// Contents of the messages, protocol 5.5 (jupyter_client, docs/messaging.rst). Fields that must be present even when empty
// have no omitempty; those that a status excludes have it.

// Data maps MIME types to values.
type Data = map[string]any

// ExecuteRequest asks for a cell to be run. StopOnError and StoreHistory default to true: see NewExecuteRequest.
type ExecuteRequest struct {
	Code            string            `json:"code"`
	Silent          bool              `json:"silent"`
	StoreHistory    bool              `json:"store_history"`
	UserExpressions map[string]string `json:"user_expressions"`
	AllowStdin      bool              `json:"allow_stdin"`
	StopOnError     bool              `json:"stop_on_error"`
}

// NewExecuteRequest returns a request with the protocol's defaults, to decode into.
func NewExecuteRequest(code string) ExecuteRequest {
	return ExecuteRequest{Code: code, StoreHistory: true, StopOnError: true, UserExpressions: map[string]string{}}
}

// Status is the common part of every reply: "ok", "error" or "aborted".
type Status struct {
	Status    string   `json:"status"`
	Name      string   `json:"ename,omitempty"`
	Value     string   `json:"evalue,omitempty"`
	Traceback []string `json:"traceback,omitempty"`
}

// OK is the Status of success.
var OK = Status{Status: "ok"}

// ExecuteReply ends an execute_request.
type ExecuteReply struct {
	Status
	ExecutionCount  int            `json:"execution_count"`
	UserExpressions map[string]any `json:"user_expressions"`
	Payload         []Data         `json:"payload"`
}

// ErrorContent is the iopub message of a failed cell. All three fields are required.
type ErrorContent struct {
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

// ExecuteInput tells every front end what is about to run.
type ExecuteInput struct {
	Code           string `json:"code"`
	ExecutionCount int    `json:"execution_count"`
}

// ExecuteResult is the value of a cell.
type ExecuteResult struct {
	ExecutionCount int  `json:"execution_count"`
	Data           Data `json:"data"`
	Metadata       Data `json:"metadata"`
}

// DisplayData is display_data and update_display_data.
type DisplayData struct {
	Data      Data      `json:"data"`
	Metadata  Data      `json:"metadata"`
	Transient Transient `json:"transient"`
}

// Transient is what is not to be stored in a notebook.
type Transient struct {
	DisplayID string `json:"display_id,omitempty"`
}

// Stream is text for "stdout" or "stderr".
type Stream struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// ClearOutput removes what a cell has shown.
type ClearOutput struct {
	Wait bool `json:"wait"`
}

// ExecutionState is "starting", "busy" or "idle".
type ExecutionState struct {
	State string `json:"execution_state"`
}

// CompleteRequest and InspectRequest count the cursor in Unicode code points.
type CompleteRequest struct {
	Code   string `json:"code"`
	Cursor int    `json:"cursor_pos"`
}

// CompleteReply offers texts for the code points [Start, End).
type CompleteReply struct {
	Status
	Matches  []string `json:"matches"`
	Start    int      `json:"cursor_start"`
	End      int      `json:"cursor_end"`
	Metadata Data     `json:"metadata"`
}

// InspectRequest asks about the name at the cursor. Detail is 0 or 1.
type InspectRequest struct {
	Code   string `json:"code"`
	Cursor int    `json:"cursor_pos"`
	Detail int    `json:"detail_level"`
}

// InspectReply answers an InspectRequest.
type InspectReply struct {
	Status
	Found    bool `json:"found"`
	Data     Data `json:"data"`
	Metadata Data `json:"metadata"`
}

// IsCompleteRequest asks whether code can run as it stands.
type IsCompleteRequest struct {
	Code string `json:"code"`
}

// IsCompleteReply has status "complete", "incomplete", "invalid" or "unknown".
type IsCompleteReply struct {
	Status string `json:"status"`
	Indent string `json:"indent"`
}

// HistoryRequest asks for cells of this and earlier sessions.
type HistoryRequest struct {
	Output  bool   `json:"output"`
	Raw     bool   `json:"raw"`
	Access  string `json:"hist_access_type"` // "tail", "range" or "search"
	Session int    `json:"session"`
	Start   int    `json:"start"`
	Stop    int    `json:"stop"`
	N       int    `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

// HistoryReply lists (session, line, input) or, with output, (session, line, (input, output)).
type HistoryReply struct {
	Status
	History [][]any `json:"history"`
}

// Comm is the content of comm_open, comm_msg and comm_close.
type Comm struct {
	ID     string `json:"comm_id"`
	Target string `json:"target_name,omitempty"`
	Data   Data   `json:"data"`
}

// CommInfoRequest asks for the open comms of a target; empty for all.
type CommInfoRequest struct {
	Target string `json:"target_name"`
}

// CommInfoReply maps comm ids to their targets.
type CommInfoReply struct {
	Status
	Comms map[string]CommTarget `json:"comms"`
}

// CommTarget names the target of an open comm.
type CommTarget struct {
	Target string `json:"target_name"`
}

// ConnectReply tells the ports.
type ConnectReply struct {
	Status
	Shell   int `json:"shell_port"`
	IOPub   int `json:"iopub_port"`
	Stdin   int `json:"stdin_port"`
	HB      int `json:"hb_port"`
	Control int `json:"control_port"`
}

// Shutdown is the content of shutdown_request and, with a Status, of shutdown_reply.
type Shutdown struct {
	Status  string `json:"status,omitempty"`
	Restart bool   `json:"restart"`
}

// InputRequest asks the front end for a line of text; InputReply brings it.
type InputRequest struct {
	Prompt   string `json:"prompt"`
	Password bool   `json:"password"`
}

// InputReply is the line that the user typed.
type InputReply struct {
	Value string `json:"value"`
}

// Welcome tells a new subscriber that its subscription is in force.
type Welcome struct {
	Subscription string `json:"subscription"`
}

// KernelInfoReply describes the kernel and its language.
type KernelInfoReply struct {
	Status
	ProtocolVersion       string       `json:"protocol_version"`
	Implementation        string       `json:"implementation"`
	ImplementationVersion string       `json:"implementation_version"`
	LanguageInfo          LanguageInfo `json:"language_info"`
	Banner                string       `json:"banner"`
	Debugger              bool         `json:"debugger"`
	SupportedFeatures     []string     `json:"supported_features"`
	HelpLinks             []HelpLink   `json:"help_links"`
}

// LanguageInfo tells front ends how to treat cells.
type LanguageInfo struct {
	Name              string `json:"name"`
	Version           string `json:"version"`
	MIMEType          string `json:"mimetype"`
	FileExtension     string `json:"file_extension"`
	PygmentsLexer     string `json:"pygments_lexer"`
	CodemirrorMode    string `json:"codemirror_mode"`
	NbconvertExporter string `json:"nbconvert_exporter"`
}

// HelpLink is one line of the front end's help menu.
type HelpLink struct {
	Text string `json:"text"`
	URL  string `json:"url"`
}
