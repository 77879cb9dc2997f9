module sortie/starlark-oracle

go 1.25.0

require go.starlark.net v0.0.0-20201118183435-e55f603d8c79

require golang.org/x/sys v0.0.0-20200803210538-64077c9b5642 // indirect
