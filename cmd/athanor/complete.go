package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/athanor-ml/athanor/train/spec"
	"github.com/athanor-ml/athanor/workflows/runs"
)

// The shell asks for completions by running the hidden command "athanor __complete WORDS", at each press of Tab: what is here answers from
// files and from the program itself, at once, whether a server runs or not.

// addCompletions teaches cmd and the commands below it to complete, by what their usage says: the flags --preset and --set, and an
// argument NAME of a run, key=value, SPEC.yaml or FILE.ipynb.
func (e *env) addCompletions(cmd *cobra.Command) {
	if cmd.Flags().Lookup("preset") != nil {
		_ = cmd.RegisterFlagCompletionFunc("preset", completePresets)
	}
	if cmd.Flags().Lookup("set") != nil {
		_ = cmd.RegisterFlagCompletionFunc("set", completeSettings)
	}
	if arguments := strings.Fields(cmd.Use)[1:]; cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return e.completeArgument(arguments, args, typed)
		}
	}
	for _, sub := range cmd.Commands() {
		e.addCompletions(sub)
	}
}

// completeArgument completes the argument after args, of which the usage has the words usage.
func (e *env) completeArgument(usage, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) >= len(usage) {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	switch strings.Trim(usage[len(args)], "[].") {
	case "NAME":
		return e.runNames(typed), cobra.ShellCompDirectiveNoFileComp
	case "key=value":
		run, err := runs.ReadSpec(e.home, args[0])
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return settings(run, typed)
	case "SPEC.yaml":
		return []cobra.Completion{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt
	case "FILE.ipynb":
		return []cobra.Completion{"ipynb"}, cobra.ShellCompDirectiveFilterFileExt
	}
	return nil, cobra.ShellCompDirectiveDefault
}

func (e *env) runDir(name string) string { return filepath.Join(e.home, "runs", name) }

// runNames are the names of the runs that have a directory under home, the newest first.
func (e *env) runNames(typed string) []cobra.Completion {
	entries, _ := os.ReadDir(e.runDir(""))
	changed := map[string]int64{}
	var names []cobra.Completion
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), typed) || strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		if info, err := entry.Info(); err == nil {
			changed[entry.Name()] = info.ModTime().UnixNano()
		}
		names = append(names, entry.Name())
	}
	slices.SortStableFunc(names, func(a, b string) int { return int(max(-1, min(1, changed[b]-changed[a]))) })
	return names
}

// completePresets completes the name of a preset.
func completePresets(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return spec.Presets(), cobra.ShellCompDirectiveNoFileComp
}

// completeSettings completes key=value for the run that the command line describes so far.
func completeSettings(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	run := spec.Defaults("pretrain")
	if preset, _ := cmd.Flags().GetString("preset"); preset != "" {
		if named, err := spec.Preset(preset); err == nil {
			run = named
		}
	}
	if len(args) == 1 {
		if loaded, err := spec.Load(args[0]); err == nil {
			run = loaded
		}
	}
	return settings(run, typed)
}

// settings completes key=value with the keys of run, each by the shortest of its ends that is unique and goes on from what is typed, and
// after the "=" with the value that the key has.
func settings(run *spec.Run, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	keys := run.Keys()
	now := values(run)
	key, _, hasValue := strings.Cut(typed, "=")
	var found []cobra.Completion
	for _, path := range keys {
		for _, name := range ends(path, keys) {
			value := now[path]
			switch {
			case hasValue && name == key && (value == "true" || value == "false"):
				return []cobra.Completion{key + "=true", key + "=false"}, cobra.ShellCompDirectiveNoFileComp
			case hasValue && name == key:
				return []cobra.Completion{cobra.CompletionWithDesc(key+"="+value, "as it is")}, cobra.ShellCompDirectiveNoFileComp
			case hasValue || !strings.HasPrefix(name, key):
				continue
			}
			found = append(found, cobra.CompletionWithDesc(name+"=", fmt.Sprintf("%s, now %s", path, value)))
			break
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveKeepOrder
}

// ends are the names by which Set knows path: its ends that are those of no other key, the shortest first.
func ends(path string, keys []string) []string {
	all := []string{path}
	for end := path; strings.Contains(end, "."); {
		_, end, _ = strings.Cut(end, ".")
		if !slices.ContainsFunc(keys, func(k string) bool { return k != path && (k == end || strings.HasSuffix(k, "."+end)) }) {
			all = append(all, end)
		}
	}
	slices.Reverse(all)
	return all
}

// values are the settings of run as text, by their paths.
func values(run *spec.Run) map[string]string {
	text, err := json.Marshal(run)
	if err != nil {
		return nil
	}
	decode := json.NewDecoder(strings.NewReader(string(text)))
	decode.UseNumber() // 0.001 stays 0.001
	var tree map[string]any
	if decode.Decode(&tree) != nil {
		return nil
	}
	found := map[string]string{}
	flatten(found, "", tree)
	return found
}

func flatten(found map[string]string, prefix string, tree map[string]any) {
	for key, v := range tree {
		if section, ok := v.(map[string]any); ok {
			flatten(found, prefix+key+".", section)
		} else {
			found[prefix+key] = fmt.Sprint(v)
		}
	}
}
