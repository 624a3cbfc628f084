package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

type user struct {
	Name string `json:"name"`
	Age  int    `json:"age,omitempty"`
}
type api struct{ users map[string]user }

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		u, ok := a.users[r.URL.Query().Get("n")]
		if !ok {
			http.Error(w, "no such user", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(u)
	case http.MethodPost:
		var u user
		if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		a.users[u.Name] = u
		w.WriteHeader(http.StatusCreated)
	}
}
func logged(log *[]string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*log = append(*log, r.Method+" "+r.URL.Path)
		h.ServeHTTP(w, r)
	})
}
func main() {
	var log []string
	a := &api{map[string]user{}}
	mux := http.NewServeMux()
	mux.Handle("/users", logged(&log, a))
	mux.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "hello %s", r.PathValue("name")) })
	do := func(method, target, body string) {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest(method, target, strings.NewReader(body)))
		fmt.Println(rec.Code, strings.TrimSpace(rec.Body.String()), rec.Header().Get("Content-Type"))
	}
	do("POST", "/users", `{"name":"ann","age":5}`)
	do("POST", "/users", `{"name":`)
	do("GET", "/users?n=ann", "")
	do("GET", "/users?n=bob", "")
	do("GET", "/hello/gopher", "")
	do("GET", "/none", "")
	srv := httptest.NewServer(mux)
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/hello/net")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(b), log)
	u, _ := url.Parse("https://u:p@host:80/a/b?x=1&y=2#frag")
	fmt.Println(u.Host, u.Port(), u.Path, u.Query()["y"], u.Fragment, u.User.Username())
	v := url.Values{"q": {"a b", "c"}}
	fmt.Println(v.Encode())
}
