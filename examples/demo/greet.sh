#!/bin/sh
# Greets the person named in the first argument.
echo "Hello, ${1:-world}!"
