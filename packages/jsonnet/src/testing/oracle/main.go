// Command oracle answers Jsonnet cases with google/go-jsonnet: one JSON object per line in, one per line out.
// It is the judge of jsonnet.oracle.test.ts and no part of the product.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/google/go-jsonnet"
)

type request struct {
	Source  string            `json:"source"`
	File    string            `json:"file"`
	Mode    string            `json:"mode"` // "", "string" or "stream"
	ExtVars map[string]string `json:"extVars"`
	ExtCode map[string]string `json:"extCode"`
	TLAVars map[string]string `json:"tlaVars"`
	TLACode map[string]string `json:"tlaCode"`
	Files   map[string]string `json:"files"`
}

type answer struct {
	Output    string   `json:"output"`
	Documents []string `json:"documents,omitempty"`
	Error     string   `json:"error,omitempty"`
}

func main() {
	// An endless value overflows the stack, which nothing can recover from; it need not fill the memory first.
	debug.SetMaxStack(256 << 20)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 0, 1<<20), 64<<20)
	encoder := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var req request
		if err := json.Unmarshal(in.Bytes(), &req); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		if err := encoder.Encode(evaluate(req)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func evaluate(req request) (result answer) {
	vm := newVM(req)
	defer func() {
		if failure := recover(); failure != nil {
			result = answer{Error: fmt.Sprint("PANIC: ", failure)}
		}
	}()
	var err error
	switch req.Mode {
	case "stream":
		result.Documents, err = vm.EvaluateAnonymousSnippetStream(req.File, req.Source)
	default:
		vm.StringOutput = req.Mode == "string"
		result.Output, err = vm.EvaluateAnonymousSnippet(req.File, req.Source)
	}
	if err != nil {
		return answer{Error: err.Error()}
	}
	return result
}

func newVM(req request) *jsonnet.VM {
	vm := jsonnet.MakeVM()
	contents := map[string]jsonnet.Contents{}
	for path, text := range req.Files {
		contents[path] = jsonnet.MakeContents(text)
	}
	vm.Importer(&jsonnet.MemoryImporter{Data: contents})
	vm.SetTraceOut(os.Stderr)
	for name, value := range req.ExtVars {
		vm.ExtVar(name, value)
	}
	for name, value := range req.ExtCode {
		vm.ExtCode(name, value)
	}
	for name, value := range req.TLAVars {
		vm.TLAVar(name, value)
	}
	for name, value := range req.TLACode {
		vm.TLACode(name, value)
	}
	return vm
}
