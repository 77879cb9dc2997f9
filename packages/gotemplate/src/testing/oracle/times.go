package main

import (
	"fmt"
	"time"
)

func inZone(v any, zone ...any) time.Time {
	at := moment(v)
	if len(zone) == 0 {
		return at
	}
	location, err := time.LoadLocation(text(zone[0]))
	if err != nil {
		panic(err)
	}
	return at.In(location)
}

func moment(v any) time.Time {
	switch value := v.(type) {
	case time.Time:
		return value
	case int:
		return time.Unix(int64(value), 0)
	case string:
		for _, layout := range layouts {
			if at, err := time.Parse(layout, value); err == nil {
				return at
			}
		}
	}
	panic(fmt.Errorf("%v is not a time", v))
}

var layouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", time.RFC1123Z, time.RFC1123, time.RFC822Z, time.RFC822, time.RFC850,
	time.ANSIC, time.UnixDate, time.RubyDate, "2006-01-02 15:04:05.999999999 -0700 MST", time.DateOnly,
	"02 Jan 2006", "2006-01-02 15:04:05 -07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00",
	time.DateTime, time.Kitchen, time.Stamp, time.StampMilli, time.StampMicro, time.StampNano,
}
