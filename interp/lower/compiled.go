package lower

// rawPackages look into values by reflection: they get what the engine holds, not a Val.
var rawPackages = map[string]bool{
	"encoding/json": true, "encoding/gob": true, "encoding/xml": true, "encoding/binary": true, "sort": true, "reflect": true,
	"text/template": true, "html/template": true, "database/sql": true,
}

// deepPackages also look into what interfaces hold.
var deepPackages = map[string]bool{"text/template": true, "html/template": true}

// displayPath is the package that shows values: it asks them how.
const displayPath = "github.com/athanor-ml/athanor/display"
