// The oracle runs Starlark programs with Starlark-Go. It reads one JSON case per line and answers with one JSON
// line each: what the program printed and returned, or the class and place of its error.
//
// Build it with go.mod for the current language, with drone.mod for the release that Drone contains.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
	"go.starlark.net/syntax"
)

type testCase struct {
	Source string `json:"source"`
	// Main says that the function main is called with a ctx and its result is returned as repr.
	Main bool `json:"main"`
}

type answer struct {
	Printed []string `json:"printed"`
	Result  string   `json:"result"`
	// Error is the class: syntax, name, runtime, limit or result; empty for success.
	Error   string `json:"error"`
	Message string `json:"message"`
	// Lines are those of the calls under way, outermost first.
	Lines []int  `json:"lines"`
	Steps uint64 `json:"steps"`
}

// Enough for every case; programs that would not end are cut off.
const maxSteps = 2_000_000

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			var c testCase
			if err := json.Unmarshal(line, &c); err != nil {
				fmt.Fprintln(os.Stderr, "bad case:", err)
				os.Exit(1)
			}
			data, _ := json.Marshal(run(c))
			out.Write(append(data, '\n'))
			out.Flush()
		}
		if err != nil {
			return
		}
	}
}

func run(c testCase) (a answer) {
	a.Printed = []string{}
	a.Lines = []int{}
	thread := &starlark.Thread{
		Name:  "oracle",
		Print: func(_ *starlark.Thread, msg string) { a.Printed = append(a.Printed, msg) },
	}
	thread.SetMaxExecutionSteps(maxSteps)
	defer func() {
		a.Steps = thread.ExecutionSteps()
		if r := recover(); r != nil {
			a.Error, a.Message = "runtime", fmt.Sprint("panic: ", r)
		}
	}()
	globals, err := starlark.ExecFile(thread, "case.star", c.Source, nil)
	if err == nil && c.Main {
		var result starlark.Value
		result, err = callMain(thread, globals)
		if err == nil {
			a.Result = result.String()
		}
	}
	if err != nil {
		explain(&a, err)
	}
	return a
}

func callMain(thread *starlark.Thread, globals starlark.StringDict) (starlark.Value, error) {
	main, ok := globals["main"].(starlark.Callable)
	if !ok {
		return nil, errNoMain
	}
	return starlark.Call(thread, main, starlark.Tuple{context()}, nil)
}

var errNoMain = fmt.Errorf("no main")

func context() starlark.Value {
	params := new(starlark.Dict)
	params.SetKey(starlark.String("target"), starlark.String("eu"))
	inner := new(starlark.Dict)
	inner.SetKey(starlark.String("a"), starlark.MakeInt(1))
	record := func(name string, fields starlark.StringDict) starlark.Value {
		return starlarkstruct.FromStringDict(starlark.String(name), fields)
	}
	return record("context", starlark.StringDict{
		"build": record("build", starlark.StringDict{
			"event": starlark.String("push"), "branch": starlark.String("main"), "debug": starlark.False, "params": params,
		}),
		"repo": record("repo", starlark.StringDict{"name": starlark.String("hello"), "private": starlark.True}),
		"input": record("input", starlark.StringDict{
			"list": starlark.NewList([]starlark.Value{starlark.MakeInt(1), starlark.Float(1.5)}), "map": inner,
		}),
	})
}

func explain(a *answer, err error) {
	a.Message = err.Error()
	switch e := err.(type) {
	case syntax.Error:
		a.Error, a.Lines = "syntax", []int{int(e.Pos.Line)}
	case resolve.ErrorList:
		a.Error, a.Lines = "name", []int{int(e[0].Pos.Line)}
	case *starlark.EvalError:
		a.Error = "runtime"
		if strings.Contains(a.Message, "too many steps") {
			a.Error = "limit"
		}
		for _, frame := range e.CallStack {
			if frame.Pos.Filename() != "<builtin>" {
				a.Lines = append(a.Lines, int(frame.Pos.Line))
			}
		}
	default:
		a.Error = "result"
	}
}
