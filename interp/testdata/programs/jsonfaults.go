package main

import (
	"encoding/json"
	"fmt"
)

type lv int

func (l *lv) UnmarshalJSON(b []byte) error {
	if string(b) == "0" {
		return fmt.Errorf("zero level")
	}
	*l = lv(len(b))
	return nil
}

type in struct {
	A int
	B string
}
type rec struct {
	Name string `json:"name"`
	N    int
	In   in `json:"in"`
	Ins  []in
}
type spec struct {
	Name string `json:"name"`
	L    lv
	N    int
	In   in
	Ls   []lv
}

func main() {
	almostMethods()
	for _, s := range []string{`{"name":5,"N":3}`, `{"N":"x","name":"ok"}`, `{"in":{"A":"q","B":"b"},"N":4}`, `{"Ins":[{"A":1},{"A":"z","B":"bb"},{"A":3}],"N":7}`, `[1]`, `"s"`, `{"N":1.5}`, `{"N":1e400}`, `null`, `{"name":null,"N":null}`, `{"NAME":"ci","n":9}`} {
		r := rec{N: -1}
		err := json.Unmarshal([]byte(s), &r)
		fmt.Printf("%v | %+v\n", err != nil, r)
		sp := spec{N: -1}
		err = json.Unmarshal([]byte(s), &sp)
		fmt.Printf("%v | %+v\n", err != nil, sp)
	}
	for _, s := range []string{`{"L":0}`, `{"L":123,"N":"x","Ls":[1,22,333]}`, `{"N":"x","L":1234}`} {
		sp := spec{}
		err := json.Unmarshal([]byte(s), &sp)
		fmt.Printf("%v | %+v\n", err != nil, sp)
	}
	var xs []rec
	fmt.Println(json.Unmarshal([]byte(`[{"N":1},{"N":"x"},{"N":3}]`), &xs) != nil, xs)
	var m map[string]rec
	fmt.Println(json.Unmarshal([]byte(`{"a":{"N":true}}`), &m) != nil, m)
}

type almost struct{ N int }

func (almost) MarshalJSON() string   { return "not the method" }
func (*almost) UnmarshalText() error { return nil }

func almostMethods() {
	b, err := json.Marshal([]almost{{1}})
	fmt.Println(string(b), err)
	var a almost
	fmt.Println(json.Unmarshal([]byte(`{"N":3}`), &a), a)
}
