package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

type Level int

func (l Level) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "level-%d", int(l)), nil }
func (l *Level) UnmarshalText(b []byte) error {
	_, err := fmt.Sscanf(string(b), "level-%d", (*int)(l))
	return err
}

type Point struct{ X, Y int }

func (p Point) MarshalJSON() ([]byte, error) { return json.Marshal([2]int{p.X, p.Y}) }
func (p *Point) UnmarshalJSON(b []byte) error {
	var a [2]int
	if err := json.Unmarshal(b, &a); err != nil {
		return err
	}
	p.X, p.Y = a[0], a[1]
	return nil
}

type Plain struct {
	Name    string         `json:"name"`
	Age     int            `json:"age,omitempty"`
	Tags    []string       `json:"tags"`
	Meta    map[string]any `json:"meta,omitempty"`
	Nested  *Plain         `json:"nested,omitempty"`
	private int
	Skip    string `json:"-"`
	Str     int64  `json:"str,string"`
	F       float64
	B       bool
	Raw     json.RawMessage `json:",omitempty"`
}

type Base struct {
	ID   int `json:"id"`
	Kind string
}
type Derived struct {
	Base
	*Extra
	Title string
}
type Extra struct{ Note string }

func try(v any) {
	b, err := json.Marshal(v)
	fmt.Println(string(b), err)
}

func main() {
	try(Plain{Name: "a", private: 3, Skip: "x", Str: 9, Nested: &Plain{Name: "in", Age: 2, Tags: []string{"t"}}})
	try([]Plain{})
	try(map[string]Plain{"k": {}})
	try(Derived{Base{1, "k"}, nil, "t"})
	try(&Derived{Base{1, "k"}, &Extra{"n"}, "t"})
	try(struct {
		A int
		b int
		C string `json:"see"`
	}{1, 2, "3"})
	try([]any{1, "a", nil, 1.5, map[string]int{"z": 1, "a": 2}, Base{2, "q"}, []byte("hi")})
	try(map[int]string{2: "b", 1: "a"})
	try("<tag> & \u2028 \"q\"")
	try([3]float64{1, 1e21, 1e-7})
	try(Point{1, 2})
	try([]Point{{3, 4}})
	try(map[string]Point{"p": {5, 6}})
	try(struct{ P *Point }{&Point{7, 8}})
	try(Level(3))
	try(map[Level]int{2: 1})
	try(struct{ L Level }{4})
	try(struct{ D time.Duration }{time.Second})
	_, err := json.Marshal(make(chan int))
	fmt.Println(err)
	var p Plain
	err = json.Unmarshal([]byte(`{"name":"bob","age":5,"tags":["x","y"],"meta":{"k":[1,2,{"z":null}]},"nested":{"name":"kid","str":"4"},"Skip":"no","str":"12","F":1.5,"b":true,"Raw":{"any":1},"unknown":1}`), &p)
	fmt.Println(err, p.Name, p.Age, p.Tags, p.Meta, p.Nested.Name, p.Nested.Str, p.Skip == "", p.Str, p.F, p.B, string(p.Raw))
	var d Derived
	fmt.Println(json.Unmarshal([]byte(`{"id":7,"Kind":"z","Title":"tt","Note":"nn"}`), &d), d.ID, d.Kind, d.Title, d.Extra.Note)
	var pts []Point
	fmt.Println(json.Unmarshal([]byte(`[[1,2],[3,4]]`), &pts), pts)
	var m map[string]Point
	fmt.Println(json.Unmarshal([]byte(`{"a":[9,8]}`), &m), m)
	var l struct{ L Level }
	fmt.Println(json.Unmarshal([]byte(`{"L":"level-6"}`), &l), int(l.L))
	var anyv any
	fmt.Println(json.Unmarshal([]byte(`{"b":[1,"x",true,null],"a":1e3}`), &anyv), anyv)
	var bad Plain
	err = json.Unmarshal([]byte(`{"name": 5}`), &bad)
	var te *json.UnmarshalTypeError
	fmt.Println(errors.As(err, &te), te.Field, te.Value)
	err = json.Unmarshal([]byte(`{"name": `), &bad)
	var se *json.SyntaxError
	fmt.Println(errors.As(err, &se), err)
	b, _ := json.MarshalIndent(map[string]any{"k": []int{1}, "e": []int{}}, "", "  ")
	fmt.Println(string(b))
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent(">", " ")
	enc.SetEscapeHTML(false)
	fmt.Println(enc.Encode(Plain{Name: "<x>"}))
	dec := json.NewDecoder(strings.NewReader(`{"X":1}{"Y":2} [3]`))
	for dec.More() {
		var v any
		if err := dec.Decode(&v); err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(v)
	}
	var buf bytes.Buffer
	fmt.Println(json.Compact(&buf, []byte(`{ "a" : 1 }`)), buf.String(), json.Valid([]byte(`{`)))
	dd := json.NewDecoder(strings.NewReader(`{"name":"n","zzz":1}`))
	dd.DisallowUnknownFields()
	fmt.Println(dd.Decode(&bad))
}
