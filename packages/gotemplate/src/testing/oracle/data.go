package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
)

// decode reads the data of a case. Plain JSON stands for itself; what JSON cannot tell is an object with one key:
// {"$int": "1"}, {"$float": "1.5"}, {"$strings": {…}}, {"$record": [["Name", value], …]}, {"$function": "count"}.
func decode(raw json.RawMessage) (any, error) {
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return nil, err
	}
	return convert(plain)
}

func convert(plain any) (any, error) {
	switch value := plain.(type) {
	case map[string]any:
		for key, content := range value {
			if len(value) == 1 && key != "" && key[0] == '$' {
				return convertTagged(key, content)
			}
		}
		result := map[string]any{}
		for key, content := range value {
			converted, err := convert(content)
			if err != nil {
				return nil, err
			}
			result[key] = converted
		}
		return result, nil
	case []any:
		result := make([]any, len(value))
		for i, content := range value {
			converted, err := convert(content)
			if err != nil {
				return nil, err
			}
			result[i] = converted
		}
		return result, nil
	case float64:
		return nil, errors.New("numbers need a tag")
	}
	return plain, nil
}

func convertTagged(tag string, content any) (any, error) {
	switch tag {
	case "$int":
		return strconv.Atoi(content.(string))
	case "$float":
		return parseFloat(content.(string))
	case "$strings":
		result := map[string]string{}
		for key, value := range content.(map[string]any) {
			result[key] = value.(string)
		}
		return result, nil
	case "$record":
		return convertRecord(content.([]any))
	case "$function":
		return callable(content.(string))
	}
	return nil, fmt.Errorf("unknown tag %s", tag)
}

func parseFloat(text string) (float64, error) {
	if text == "-0" {
		return math.Copysign(0, -1), nil
	}
	return strconv.ParseFloat(text, 64)
}

func convertRecord(members []any) (any, error) {
	var fields []reflect.StructField
	var values []any
	for _, member := range members {
		pair := member.([]any)
		value, err := convert(pair[1])
		if err != nil {
			return nil, err
		}
		fields = append(fields, reflect.StructField{Name: pair[0].(string), Type: reflect.TypeFor[any]()})
		values = append(values, value)
	}
	record := reflect.New(reflect.StructOf(fields)).Elem()
	for i, value := range values {
		if value != nil {
			record.Field(i).Set(reflect.ValueOf(value))
		}
	}
	return record.Interface(), nil
}

func callable(name string) (any, error) {
	switch name {
	case "count":
		return func(args ...any) (any, error) { return len(args), nil }, nil
	case "fail":
		return func(args ...any) (any, error) { return nil, errors.New("failed on purpose") }, nil
	}
	return nil, fmt.Errorf("unknown function %s", name)
}
