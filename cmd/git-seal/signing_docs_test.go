//go:build unix

package main

import (
	"fmt"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"

	"github.com/git-seal/git-seal/cmd/git-seal/internal/settings"
)

// signingDocument() is read where the package lies, whatever a script's directory is.
var signingDocument = sync.OnceValue(func() string {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "signing.md"))
	if err != nil {
		panic(err)
	}
	return string(text)
})

// signingBlock is what stands between the nth fences under an environment's
// heading in docs/signing.md.
func signingBlock(ts interface{ Fatalf(string, ...any) }, environment, language string, nth int) string {
	_, section, ok := strings.Cut(signingDocument(), "\n### "+environment+"\n")
	if !ok {
		ts.Fatalf("docs/signing.md has no environment %q", environment)
	}
	section, _, _ = strings.Cut(section, "\n### ")
	blocks := strings.Split(section, "```"+language+"\n")
	if len(blocks) <= nth {
		ts.Fatalf("the environment %q has no block %d of %s", environment, nth, language)
	}
	block, _, _ := strings.Cut(blocks[nth], "```")
	return block
}

// environment runs the lines of docs/signing.md for an environment in a fresh
// clone of $WORK/server, as that environment would: with the variables, files and
// tokens that its own file asks for, and no others.
func (s *scripts) environment(ts *testscript.TestScript, args []string) {
	name := args[0]
	runs := map[string]func(*testscript.TestScript, *scripts, string) (lines string, vars map[string]string){
		"GitHub Actions": runGitHub, "GitLab": runGitLab, "Buildkite": runBuildkite, "Google Cloud": runCloudBuild,
		"CircleCI": runCircleCI, "Kubernetes": runKubernetes, "Azure": runAzure,
	}
	lines, vars := runs[name](ts, s, signingBlock(ts, name, "yaml", 1))
	for name, value := range vars {
		ts.Setenv(name, value)
	}
	freshClone(ts, name)
	ts.Check(ts.Exec("sh", "-e", "-c", replaced(ts, lines, args[1:])))
	for name := range vars {
		ts.Setenv(name, "")
	}
}

// signingLines runs the nth lines of shell for an environment, in a fresh clone
// of $WORK/server too; then can add to them.
func (s *scripts) signingLines(ts *testscript.TestScript, args []string) {
	nth, err := strconv.Atoi(args[1])
	ts.Check(err)
	freshClone(ts, args[0]+" "+args[1])
	ts.Check(ts.Exec("sh", "-e", "-c", replaced(ts, signingBlock(ts, args[0], "sh", nth), args[3:])+args[2]))
}

// freshClone clones $WORK/server and goes there.
func freshClone(ts *testscript.TestScript, name string) {
	clone := filepath.Join(ts.Getenv("WORK"), strings.ReplaceAll(name, " ", "-"))
	ts.Check(ts.Exec("git", "clone", "-q", filepath.Join(ts.Getenv("WORK"), "server"), clone))
	ts.Check(ts.Chdir(clone))
}

func decodeYAML(ts *testscript.TestScript, text string, v any) {
	ts.Check(yaml.Unmarshal([]byte(text), v))
}

// robot is who the tokens of environments are for.
const robot = "robot@example.com"

func runGitHub(ts *testscript.TestScript, s *scripts, text string) (string, map[string]string) {
	var workflow struct {
		Permissions map[string]string
		Jobs        map[string]struct{ Steps []struct{ Uses, Run string } }
	}
	decodeYAML(ts, text, &workflow)
	vars := map[string]string{"GITHUB_ACTIONS": "true", "CI": "true"}
	if workflow.Permissions["id-token"] == "write" {
		maps.Copy(vars, s.providerVariables(ts, settings.TokenGitHubActions, robot, ""))
	}
	var lines strings.Builder
	for _, step := range workflow.Jobs["sign"].Steps {
		lines.WriteString(step.Run)
	}
	return lines.String(), vars
}

func runGitLab(ts *testscript.TestScript, s *scripts, text string) (string, map[string]string) {
	var jobs map[string]struct {
		IDTokens map[string]struct{ Aud string } `yaml:"id_tokens"`
		Script   []string
	}
	decodeYAML(ts, text, &jobs)
	vars := map[string]string{"GITLAB_CI": "true", "CI": "true", "CI_SERVER_URL": ts.Getenv("OIDC")}
	for name, token := range jobs["sign"].IDTokens {
		vars[name] = s.mint(ts, robot, token.Aud)
	}
	return strings.Join(jobs["sign"].Script, "\n"), vars
}

func runBuildkite(ts *testscript.TestScript, s *scripts, text string) (string, map[string]string) {
	var pipeline struct{ Steps []struct{ Commands []string } }
	decodeYAML(ts, text, &pipeline)
	return strings.Join(pipeline.Steps[0].Commands, "\n"), s.providerVariables(ts, settings.TokenBuildkite, robot, "")
}

func runCloudBuild(ts *testscript.TestScript, s *scripts, text string) (string, map[string]string) {
	var build struct{ Steps []struct{ Script string } }
	decodeYAML(ts, text, &build)
	return build.Steps[0].Script, s.providerVariables(ts, settings.TokenGoogle, robot, "")
}

// runCircleCI has the command line program of a job in PATH, which knows the
// one thing that it is asked here.
func runCircleCI(ts *testscript.TestScript, s *scripts, text string) (string, map[string]string) {
	var config struct {
		Jobs map[string]struct{ Steps []yaml.Node }
	}
	decodeYAML(ts, text, &config)
	var lines strings.Builder
	for _, node := range config.Jobs["sign"].Steps {
		var step struct{ Run string }
		if node.Kind == yaml.MappingNode {
			ts.Check(node.Decode(&step))
		}
		lines.WriteString(step.Run)
	}
	dir := filepath.Join(ts.Getenv("WORK"), "circleci")
	ts.Check(os.MkdirAll(dir, 0o755))
	program := fmt.Sprintf("#!/bin/sh\n[ \"$*\" = 'run oidc get --claims {\"aud\":\"sigstore\"}' ] && echo %s\n", s.mint(ts, robot, "sigstore"))
	ts.Check(os.WriteFile(filepath.Join(dir, "circleci"), []byte(program), 0o755))
	return "PATH=" + dir + ":$PATH\n" + lines.String(), map[string]string{
		"CIRCLECI": "true", "CI": "true", "CIRCLE_OIDC_TOKEN": s.mint(ts, robot, "the-organisation"),
	}
}

// runKubernetes puts the projected token where the container mounts it.
func runKubernetes(ts *testscript.TestScript, s *scripts, text string) (string, map[string]string) {
	var pod struct {
		Spec struct {
			Containers []struct {
				Env          []struct{ Name, Value string }
				Command      []string
				VolumeMounts []struct {
					Name      string
					MountPath string `yaml:"mountPath"`
				} `yaml:"volumeMounts"`
			}
			Volumes []struct {
				Name      string
				Projected struct {
					Sources []struct {
						ServiceAccountToken struct {
							Path, Audience    string
							ExpirationSeconds int `yaml:"expirationSeconds"`
						} `yaml:"serviceAccountToken"`
					}
				}
			}
		}
	}
	decodeYAML(ts, text, &pod)
	container, volume := pod.Spec.Containers[0], pod.Spec.Volumes[0]
	token, mount := volume.Projected.Sources[0].ServiceAccountToken, container.VolumeMounts[0]
	if mount.Name != volume.Name || token.ExpirationSeconds < 600 { // Kubernetes refuses less
		ts.Fatalf("the token is not mounted, or too short")
	}
	root := filepath.Join(ts.Getenv("WORK"), "container")
	file := path.Join(root, mount.MountPath, token.Path)
	ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
	ts.Check(os.WriteFile(file, []byte(s.mint(ts, robot, token.Audience)), 0o600))
	vars := make(map[string]string)
	for _, v := range container.Env {
		vars[v.Name] = strings.Replace(v.Value, mount.MountPath, root+mount.MountPath, 1)
	}
	if c := container.Command; len(c) != 3 || c[0] != "sh" || c[1] != "-ec" {
		ts.Fatalf("command %q", c)
	}
	return container.Command[2], vars
}

func runAzure(ts *testscript.TestScript, s *scripts, text string) (string, map[string]string) {
	var pipeline struct {
		Steps []struct {
			Bash string
			Env  map[string]string
		}
	}
	decodeYAML(ts, text, &pipeline)
	vars := map[string]string{"TF_BUILD": "True", "SYSTEM_OIDCREQUESTURI": s.provider(ts, robot, "") + "/_apis/oidctoken"}
	for name, value := range pipeline.Steps[0].Env {
		if value == "$(System.AccessToken)" {
			vars[name] = providerSecret
		}
	}
	return pipeline.Steps[0].Bash, vars
}

// mint is a token of anybody's for an audience.
func (s *scripts) mint(ts *testscript.TestScript, email, audience string) string {
	token, err := s.fetch(ts.Getenv("OIDC"), url.Values{"email": {email}, "audience": {audience}})
	ts.Check(err)
	return token
}
