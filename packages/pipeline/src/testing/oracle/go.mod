module sortie.dev/pipeline-oracle

go 1.26

require (
	github.com/bmatcuk/doublestar v1.1.1
	github.com/buildkite/yaml v2.1.0+incompatible
	github.com/drone/envsubst v1.0.3
	github.com/robfig/cron v0.0.0-20180505203441-b41be1df6967
	gopkg.in/yaml.v2 v2.4.0
)
