// The oracle renders templates with Go's own text/template. It reads one case per line of JSON from standard input
// and answers one line for each: what came out, or the class and line of the error.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"
)

type request struct {
	Name   string          `json:"name"`
	Source string          `json:"source"`
	Data   json.RawMessage `json:"data"`
}

type answer struct {
	Kind   string `json:"kind"`
	Output string `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
	Line   int    `json:"line,omitempty"`
}

// Larger outputs are not compared, so that a generated case cannot fill the memory.
const maxOutput = 1 << 20

var errTooLong = errors.New("output too long")

type limitedWriter struct{ strings.Builder }

func (w *limitedWriter) Write(p []byte) (int, error) {
	if w.Len()+len(p) > maxOutput {
		return 0, errTooLong
	}
	return w.Builder.Write(p)
}

var place = regexp.MustCompile(`^template: [^:]*:(\d+)`)

func main() {
	time.Local = time.UTC
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 1 {
			encoded, failure := json.Marshal(render(line))
			if failure != nil {
				panic(failure)
			}
			output.Write(append(encoded, '\n'))
		}
		if err != nil {
			return
		}
	}
}

func render(line []byte) (result answer) {
	defer func() {
		if reason := recover(); reason != nil {
			result = answer{Kind: "execution", Error: fmt.Sprint("panic: ", reason)}
		}
	}()
	var given request
	if err := json.Unmarshal(line, &given); err != nil {
		return answer{Kind: "request", Error: err.Error()}
	}
	data, err := decode(given.Data)
	if err != nil {
		return answer{Kind: "request", Error: err.Error()}
	}
	parsed, err := template.New(given.Name).Funcs(functions()).Parse(given.Source)
	if err != nil {
		return failed("syntax", err)
	}
	var out limitedWriter
	if err := parsed.Execute(&out, data); errors.Is(err, errTooLong) {
		return answer{Kind: "limit"}
	} else if err != nil {
		return failed("execution", err)
	}
	return answer{Kind: "ok", Output: out.String()}
}

func failed(kind string, err error) answer {
	line := 0
	if match := place.FindStringSubmatch(err.Error()); match != nil {
		line, _ = strconv.Atoi(match[1])
	}
	return answer{Kind: kind, Error: err.Error(), Line: line}
}
