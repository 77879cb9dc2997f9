// Command clients lets tests call every method of drone-go's Client, unmodified.
//
// It reads one JSON object per line from standard input, {"server", "token", "method", "args"}, calls the method of
// that name, and answers with one line: {"result": …} or {"error": "…"}. Arguments are decoded into the types that
// the method asks for.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"

	"github.com/drone/drone-go/drone"
)

type request struct {
	Server string            `json:"server"`
	Token  string            `json:"token"`
	Method string            `json:"method"`
	Args   []json.RawMessage `json:"args"`
}

type answer struct {
	Result any    `json:"result"`
	Error  string `json:"error,omitempty"`
}

// bearer puts the token into every request; drone-go leaves that to its caller.
type bearer struct{ token string }

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	input := bufio.NewReader(os.Stdin)
	output := json.NewEncoder(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := output.Encode(perform(line)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func perform(line []byte) answer {
	var in request
	if err := json.Unmarshal(line, &in); err != nil {
		return answer{Error: "not a request: " + err.Error()}
	}
	if in.Method == "" {
		return answer{Result: methods()}
	}
	client := drone.NewClient(in.Server, &http.Client{Transport: bearer{in.Token}})
	return call(client, in)
}

// methods lists what the interface has, so that a test can tell that none was forgotten.
func methods() []string {
	kind := reflect.TypeOf((*drone.Client)(nil)).Elem()
	names := make([]string, kind.NumMethod())
	for i := range names {
		names[i] = kind.Method(i).Name
	}
	return names
}

func call(client drone.Client, in request) answer {
	if in.Method == "SetClient" {
		client.SetClient(http.DefaultClient)
		return answer{}
	}
	method := reflect.ValueOf(client).MethodByName(in.Method)
	if !method.IsValid() {
		return answer{Error: "drone-go has no method " + in.Method}
	}
	if method.Type().NumIn() != len(in.Args) {
		return answer{Error: fmt.Sprintf("%s takes %d arguments", in.Method, method.Type().NumIn())}
	}
	args := make([]reflect.Value, len(in.Args))
	for i, raw := range in.Args {
		arg := reflect.New(method.Type().In(i))
		if err := json.Unmarshal(raw, arg.Interface()); err != nil {
			return answer{Error: fmt.Sprintf("argument %d of %s: %v", i+1, in.Method, err)}
		}
		args[i] = arg.Elem()
	}
	var out answer
	for _, value := range method.Call(args) {
		if err, isError := value.Interface().(error); isError {
			out.Error = err.Error()
		} else if value.Type().String() != "error" {
			out.Result = value.Interface()
		}
	}
	if out.Error != "" {
		out.Result = nil
	}
	return out
}
