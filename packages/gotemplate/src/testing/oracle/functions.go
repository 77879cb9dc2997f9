package main

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	safe "html/template"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"
)

// functions are those that pipeline.md 9.2 lists, each the call of Go's standard library that it names. Text
// arguments are taken as text() says, counts as whole() says. A panic of the library is the error of the call.
func functions() template.FuncMap {
	return template.FuncMap{
		"append":       func(s, more any) string { return text(s) + text(more) },
		"prepend":      func(s, more any) string { return text(more) + text(s) },
		"chomp":        func(s any) string { return strings.TrimRight(text(s), "\r\n") },
		"contains":     func(s, part any) bool { return strings.Contains(text(s), text(part)) },
		"containsAny":  func(s, chars any) bool { return strings.ContainsAny(text(s), text(chars)) },
		"hasPrefix":    func(s, prefix any) bool { return strings.HasPrefix(text(s), text(prefix)) },
		"hasSuffix":    func(s, suffix any) bool { return strings.HasSuffix(text(s), text(suffix)) },
		"lower":        func(s any) string { return strings.ToLower(text(s)) },
		"upper":        func(s any) string { return strings.ToUpper(text(s)) },
		"title":        func(s any) string { return strings.ToTitle(text(s)) },
		"firstUpper":   func(s any) string { return firstUpper(text(s)) },
		"trim":         func(s any) string { return strings.TrimSpace(text(s)) },
		"trimLeft":     func(s, chars any) string { return strings.TrimLeft(text(s), text(chars)) },
		"trimRight":    func(s, chars any) string { return strings.TrimRight(text(s), text(chars)) },
		"trimPrefix":   func(s, prefix any) string { return strings.TrimPrefix(text(s), text(prefix)) },
		"trimSuffix":   func(s, suffix any) string { return strings.TrimSuffix(text(s), text(suffix)) },
		"replace":      func(s, old, to any) string { return strings.ReplaceAll(text(s), text(old), text(to)) },
		"repeat":       func(s, count any) string { return strings.Repeat(text(s), whole(count)) },
		"padLeft":      func(s, filler, n any) string { return strings.Repeat(text(filler), max(whole(n), 0)) + text(s) },
		"padRight":     func(s, filler, n any) string { return text(s) + strings.Repeat(text(filler), max(whole(n), 0)) },
		"split":        func(s any, by string) []string { return strings.Split(text(s), by) },
		"splitn":       func(s, by, n any) []string { return strings.SplitN(text(s), text(by), whole(n)) },
		"slicestr":     sliceText,
		"urlize":       func(s any) string { return url.QueryEscape(strings.ReplaceAll(strings.TrimSpace(text(s)), " ", "-")) },
		"findRE":       findMatches,
		"replaceRE":    func(re, to, s any) string { return regexp.MustCompile(text(re)).ReplaceAllString(text(s), text(to)) },
		"base64Encode": func(s any) string { return base64.StdEncoding.EncodeToString([]byte(text(s))) },
		"base64Decode": decodeBase64,
		"htmlEscape":   func(s any) string { return html.EscapeString(text(s)) },
		"htmlUnescape": func(s any) string { return html.UnescapeString(text(s)) },
		"jsonify":      encodeJSON,
		"jsonEncode":   encodeJSON,
		"jsonDecode":   decodeJSON,
		"md5":          func(s any) string { sum := md5.Sum([]byte(text(s))); return hex.EncodeToString(sum[:]) },
		"sha1":         func(s any) string { sum := sha1.Sum([]byte(text(s))); return hex.EncodeToString(sum[:]) },
		"sha256":       func(s any) string { sum := sha256.Sum256([]byte(text(s))); return hex.EncodeToString(sum[:]) },
		"now":          func() time.Time { return time.UnixMilli(1700000000123) },
		"time":         inZone,
		"dateFormat":   func(layout string, v any) string { return moment(v).Format(layout) },
	}
}

func text(v any) string {
	switch value := v.(type) {
	case nil:
		return ""
	case string:
		return value
	case safe.HTML:
		return string(value)
	case bool:
		return strconv.FormatBool(value)
	case int:
		return strconv.Itoa(value)
	case uint8:
		return strconv.Itoa(int(value))
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case fmt.Stringer:
		return value.String()
	}
	panic(fmt.Errorf("%T is not text", v))
}

func whole(v any) int {
	switch value := v.(type) {
	case nil:
		return 0
	case int:
		return value
	case uint8:
		return int(value)
	case time.Month:
		return int(value)
	case time.Weekday:
		return int(value)
	case float64:
		return int(value)
	case bool:
		if value {
			return 1
		}
		return 0
	case string:
		number, err := strconv.ParseInt(withoutZeroFraction(value), 0, 0)
		if err != nil {
			panic(err)
		}
		return int(number)
	}
	panic(fmt.Errorf("%T is not a whole number", v))
}

// "1.00" counts as 1.
func withoutZeroFraction(number string) string {
	before, after, found := strings.Cut(number, ".")
	if found && after != "" && strings.Trim(after, "0") == "" {
		return before
	}
	return number
}

func firstUpper(s string) string {
	if s == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

func sliceText(s any, bounds ...any) (string, error) {
	all := []rune(text(s))
	from, to := 0, len(all)
	if len(bounds) > 2 {
		return "", errors.New("too many bounds")
	}
	if len(bounds) > 0 {
		if from = whole(bounds[0]); from < 0 || from >= len(all) {
			return "", errors.New("out of range")
		}
	}
	if len(bounds) > 1 {
		if to = whole(bounds[1]); to < 0 || to > len(all) {
			return "", errors.New("out of range")
		}
	}
	return string(all[from:to]), nil
}

func findMatches(re string, s any, limit ...any) []string {
	most := -1
	if len(limit) > 0 {
		most = whole(limit[0])
	}
	return regexp.MustCompile(re).FindAllString(text(s), most)
}

func decodeBase64(s any) (string, error) {
	decoded, err := base64.StdEncoding.DecodeString(text(s))
	return string(decoded), err
}

func encodeJSON(v any) (safe.HTML, error) {
	encoded, err := json.Marshal(v)
	return safe.HTML(encoded), err
}

func decodeJSON(s any) (map[string]any, error) {
	decoded := map[string]any{}
	err := json.Unmarshal([]byte(text(s)), &decoded)
	return decoded, err
}
