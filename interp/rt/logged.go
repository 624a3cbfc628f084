package rt

import (
	"log/slog"
	"reflect"
)

// Package log/slog asks values how they want to be logged, by methods that a Val cannot have for some types only.

// A textVal is a Val whose type has the method MarshalText.
type textVal struct{ Val }

// MarshalText is the method of the value.
func (v textVal) MarshalText() ([]byte, error) {
	b, _, err := callJSON(v.info, reflect.ValueOf(v.V), "MarshalText")
	return b, err
}

// A loggedError is a Val that is an error and has no JSON of its own.
type loggedError struct{ v Val }

func (e loggedError) Error() string { return e.v.callString("Error") }

// logged is x as package log/slog takes it.
func (rt *Runtime) logged(x any) any {
	v, ok := open(x).(Val)
	if !ok {
		return x
	}
	var valuer slog.LogValuer
	if rt.into(reflect.ValueOf(&valuer).Elem(), v) == nil {
		return valuer
	}
	if _, ok := v.info.jsonMethod("MarshalText"); ok {
		return textVal{v}
	}
	_, isJSON := v.info.jsonMethod("MarshalJSON")
	if m, ok := v.info.method("Error"); ok && !isJSON && implements(m.Type(), errorMethod) {
		return loggedError{v}
	}
	return x
}
