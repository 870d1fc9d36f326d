module github.com/git-seal/git-seal

go 1.25.8
