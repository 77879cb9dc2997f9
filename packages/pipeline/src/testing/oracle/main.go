// Command oracle answers questions about the languages inside a pipeline file with the libraries whose behaviour users
// know: one JSON object per line in, one per line out. It is the judge of the *.oracle.test.ts files and no part of
// the product.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/bmatcuk/doublestar"
	buildkite "github.com/buildkite/yaml"
	"github.com/drone/envsubst"
	"github.com/robfig/cron"
	yaml "gopkg.in/yaml.v2"
)

type request struct {
	// "substitute", "glob", "yaml", "yaml2" or "cron".
	Verb      string            `json:"verb"`
	Text      string            `json:"text"`
	Variables map[string]string `json:"variables"`
	Pattern   string            `json:"pattern"`
	// Unix seconds, for "cron".
	After int64 `json:"after"`
	Count int   `json:"count"`
}

type answer struct {
	Text  string      `json:"text,omitempty"`
	Match bool        `json:"match,omitempty"`
	Value interface{} `json:"value,omitempty"`
	Times []int64     `json:"times,omitempty"`
	Error string      `json:"error,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 0, 1<<20), 64<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for in.Scan() {
		var req request
		if err := json.Unmarshal(in.Bytes(), &req); err != nil {
			fail(err)
		}
		if err := encoder.Encode(reply(req)); err != nil {
			fail(err)
		}
	}
	if err := in.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// reply turns a panic of a library into an answer: some of them are known.
func reply(req request) (result answer) {
	defer func() {
		if failure := recover(); failure != nil {
			result = answer{Error: fmt.Sprint("PANIC: ", failure)}
		}
	}()
	switch req.Verb {
	case "substitute":
		return substitute(req)
	case "glob":
		return glob(req)
	case "yaml":
		return parse(req.Text, buildkite.Unmarshal)
	case "yaml2":
		return parse(req.Text, yaml.Unmarshal)
	case "cron":
		return schedule(req)
	default:
		return answer{Error: "unknown verb " + req.Verb}
	}
}

func substitute(req request) answer {
	text, err := envsubst.Eval(req.Text, func(name string) string { return req.Variables[name] })
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: text}
}

func glob(req request) answer {
	match, err := doublestar.Match(req.Pattern, req.Text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Match: match}
}

func parse(text string, unmarshal func([]byte, interface{}) error) answer {
	var value interface{}
	if err := unmarshal([]byte(text), &value); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Value: describe(value)}
}

// describe writes a value with its type, since JSON has too few of them: ["int","5"], ["map",[[key,value],…]].
func describe(value interface{}) []interface{} {
	switch v := value.(type) {
	case nil:
		return []interface{}{"null"}
	case bool:
		return []interface{}{"bool", v}
	case int:
		return []interface{}{"int", strconv.Itoa(v)}
	case int64:
		return []interface{}{"int", strconv.FormatInt(v, 10)}
	case uint64:
		return []interface{}{"int", strconv.FormatUint(v, 10)}
	case float64:
		return []interface{}{"float", floatText(v)}
	case string:
		return []interface{}{"string", v}
	case time.Time:
		return []interface{}{"time", v.Format(time.RFC3339Nano)}
	case []interface{}:
		items := []interface{}{}
		for _, item := range v {
			items = append(items, describe(item))
		}
		return []interface{}{"list", items}
	case map[interface{}]interface{}:
		entries := []interface{}{}
		for key, item := range v {
			entries = append(entries, []interface{}{describe(key), describe(item)})
		}
		return []interface{}{"map", entries}
	default:
		return []interface{}{"other", fmt.Sprintf("%T", v)}
	}
}

func floatText(value float64) string {
	if math.IsNaN(value) {
		return "nan"
	}
	return strconv.FormatFloat(value, 'g', -1, 64)
}

func schedule(req request) answer {
	parsed, err := cron.Parse(req.Text)
	if err != nil {
		return answer{Error: err.Error()}
	}
	times := []int64{}
	at := time.Unix(req.After, 0).UTC()
	for len(times) < req.Count {
		at = parsed.Next(at)
		if at.IsZero() {
			break
		}
		times = append(times, at.Unix())
	}
	return answer{Times: times}
}
