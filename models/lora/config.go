package lora

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Config says what an adapter is. In JSON it is PEFT's adapter_config.json.
type Config struct {
	Rank    int      // r, of the added products
	Alpha   float64  // they are scaled by Alpha/Rank; 0: Rank, a scale of 1
	Dropout float64  // of the adapters' inputs, in training
	Targets []string // the layers, by the ends of their names: "c_attn", "mlp.c_proj"
	Base    string   // name or folder of the model that the adapter belongs to; "" where nobody asks
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	var errs []error
	fault := func(format string, a ...any) { errs = append(errs, fmt.Errorf("lora config: "+format, a...)) }
	if c.Rank < 1 {
		fault("rank is %d, want at least 1", c.Rank)
	}
	if !(c.Alpha >= 0) {
		fault("alpha is %v, want 0 (the rank) or more", c.Alpha)
	}
	if !(c.Dropout >= 0 && c.Dropout < 1) {
		fault("dropout is %v, want 0 <= dropout < 1", c.Dropout)
	}
	if len(c.Targets) == 0 || slices.Contains(c.Targets, "") {
		fault("targets are %q, want names of layers, such as %q", c.Targets, "c_attn")
	}
	return errors.Join(errs...)
}

// alpha is Alpha, or what it stands for.
func (c Config) alpha() float64 {
	if c.Alpha == 0 {
		return float64(c.Rank)
	}
	return c.Alpha
}

// configJSON is adapter_config.json.
type configJSON struct {
	Type        string          `json:"peft_type"`
	Task        string          `json:"task_type"`
	Base        *string         `json:"base_model_name_or_path"`
	Rank        int             `json:"r"`
	Alpha       float64         `json:"lora_alpha"`
	Dropout     float64         `json:"lora_dropout"`
	Targets     json.RawMessage `json:"target_modules"`
	FanInFanOut bool            `json:"fan_in_fan_out"`
	Bias        string          `json:"bias"`
	Inference   bool            `json:"inference_mode"`
}

// refused are the options of PEFT that change what an adapter computes, or where, and that we do not have.
var refused = []string{
	"use_rslora", "use_dora", "lora_bias", "rank_pattern", "alpha_pattern", "modules_to_save", "layers_to_transform", "exclude_modules",
	"layer_replication", "trainable_token_indices", "target_parameters", "alora_invocation_tokens", "use_qalora", "use_bdlora",
	"arrow_config", "kasa_config", "monteclora_config", "velora_config",
}

// keepBase are the ways to draw the first values that leave the model's own weights as they are; others, such as "pissa", do not.
var keepBase = []string{"", "null", "true", "false", `"gaussian"`, `"orthogonal"`, `"eva"`}

// marshal writes an adapter_config.json, for layers that PEFT finds as Conv1D or as Linear.
func (c Config) marshal(conv1D bool) (any, error) {
	targets, err := json.Marshal(c.Targets)
	if err != nil {
		return nil, err
	}
	j := configJSON{
		Type: "LORA", Task: "CAUSAL_LM", Rank: c.Rank, Alpha: c.alpha(), Dropout: c.Dropout, Targets: targets, FanInFanOut: conv1D,
		Bias: "none", Inference: true,
	}
	if c.Base != "" {
		j.Base = &c.Base
	}
	return j, nil
}

// UnmarshalJSON reads an adapter_config.json. It refuses what this package would compute differently.
func (c *Config) UnmarshalJSON(data []byte) error {
	j := configJSON{Rank: 8, Alpha: 8, Bias: "none"} // what PEFT assumes when a field is absent
	var all map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(data, &j), json.Unmarshal(data, &all)); err != nil {
		return fmt.Errorf("lora config: %w", err)
	}
	if j.Type != "LORA" {
		return fmt.Errorf("lora config: peft_type is %q, want \"LORA\"", j.Type)
	}
	if j.Bias != "none" {
		return fmt.Errorf("lora config: bias is %q, only \"none\" is supported", j.Bias)
	}
	for _, key := range refused {
		if v := string(all[key]); v != "" && v != "null" && v != "false" && v != "{}" && v != "[]" {
			return fmt.Errorf("lora config: %s is %s, which is not supported", key, v)
		}
	}
	if v := string(all["init_lora_weights"]); !slices.Contains(keepBase, v) {
		return fmt.Errorf("lora config: init_lora_weights is %s, which changes the model's own weights and is not supported", v)
	}
	*c = Config{Rank: j.Rank, Alpha: j.Alpha, Dropout: j.Dropout}
	if err := json.Unmarshal(j.Targets, &c.Targets); err != nil {
		return fmt.Errorf("lora config: target_modules is %s, want a list of names of layers", j.Targets)
	}
	if j.Base != nil {
		c.Base = *j.Base
	}
	return c.Validate()
}
