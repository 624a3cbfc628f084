package chat

import (
	"fmt"
	"strings"

	"github.com/athanor-ml/athanor/data/tokenizer"
)

// ours are templates in the styles of well-known models, in our words; each marks what the assistant says.
var ours = map[string]string{
	"plain": `{% for m in messages %}{{ '<|' + m.role + '|>' }}
{%- if m.role == 'assistant' %}{% generation %}{{ m.content + '<|end|>' }}{% endgeneration %}
{%- elif m.role in ['system', 'user'] %}{{ m.content + '<|end|>' }}
{%- else %}{{ raise_exception('the role is "' + m.role + '", want "system", "user" or "assistant"') }}
{%- endif %}{% endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}`,

	"chatml": `{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}
{%- if m.role == 'assistant' %}{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}
{%- else %}{{ m.content + '<|im_end|>' }}{% endif %}{{ '\n' }}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`,

	"llama2": `{% set ns = namespace(system='') %}{% for m in messages %}
{%- if m.role == 'system' %}{% set ns.system = '<<SYS>>\n' + m.content + '\n<</SYS>>\n\n' %}
{%- elif m.role == 'user' %}{{ bos_token + '[INST] ' + ns.system + m.content + ' [/INST]' }}{% set ns.system = '' %}
{%- elif m.role == 'assistant' %}{% generation %}{{ ' ' + m.content + ' ' + eos_token }}{% endgeneration %}
{%- else %}{{ raise_exception('the role is "' + m.role + '", want "system", "user" or "assistant"') }}
{%- endif %}{% endfor %}`,

	"llama3": `{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' }}
{%- if m.role == 'assistant' %}{% generation %}{{ m.content | trim + '<|eot_id|>' }}{% endgeneration %}
{%- else %}{{ m.content | trim + '<|eot_id|>' }}{% endif %}{% endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}`,
}

// Names lists the templates that Builtin knows.
func Names() []string { return []string{"plain", "chatml", "llama2", "llama3"} }

// Builtin returns a template that comes with the program:
//
//   - "plain": <|user|>…<|end|><|assistant|>…<|end|>, for our own models (tokenizer.ChatTokens)
//   - "chatml": <|im_start|>user⏎…<|im_end|>⏎, as Qwen and others have it
//   - "llama2": <s>[INST] … [/INST] … </s>, with the tokenizer's BOS and EOS
//   - "llama3": <|start_header_id|>user<|end_header_id|>⏎⏎…<|eot_id|>, after the tokenizer's BOS
func Builtin(name string) (*Template, error) {
	source, ok := ours[name]
	if !ok {
		return nil, fmt.Errorf("chat template is %q, want one of %s, or \"\" for the tokenizer's own", name, strings.Join(Names(), ", "))
	}
	return Parse(name, source)
}

// For returns the template by the name, or with an empty name the tokenizer's own, or "plain" if it has none.
func For(tok tokenizer.Tokenizer, name string) (*Template, error) {
	if own := tok.Config().ChatTemplate; name == "" && own != "" {
		return Parse("of the tokenizer", own)
	}
	if name == "" {
		name = "plain"
	}
	return Builtin(name)
}

// Equip returns a tokenizer like tok whose Config has the template, for tokenizer.Save.
func Equip(tok tokenizer.Tokenizer, t *Template) (tokenizer.Tokenizer, error) {
	c := tok.Config()
	c.ChatTemplate = t.source
	return tokenizer.Add(tok, nil, c)
}
