package main

import (
	"fmt"
	"sort"

	"github.com/drone/funcmap"
)

func main() {
	var names []string
	for k := range funcmap.Funcs {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		_, safe := funcmap.SafeFuncs[k]
		fmt.Printf("%s %v %T\n", k, safe, funcmap.Funcs[k])
	}
}
