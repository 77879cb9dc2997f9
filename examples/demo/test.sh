#!/bin/sh
# Tests greet.sh; ends with the number of failures.
failures=0
expect() {
  if [ "$1" = "$2" ]; then
    echo "ok   $2"
  else
    echo "FAIL wanted \"$2\", got \"$1\""
    failures=$((failures + 1))
  fi
}
expect "$(sh greet.sh)" "Hello, world!"
expect "$(sh greet.sh Ada)" "Hello, Ada!"
exit $failures
