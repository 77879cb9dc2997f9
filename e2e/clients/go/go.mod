module sortie.example/clients

go 1.22

require github.com/drone/drone-go v1.7.1
