module sortie.dev/gotemplate-oracle

go 1.26
