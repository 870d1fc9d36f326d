//go:build unix

package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.yaml.in/yaml/v3"
)

// ciFile is read where the package lies, whatever a script's directory is.
func ciFile(name string) string {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "ci", name))
	if err != nil {
		panic(err)
	}
	return string(text)
}

var (
	actionText = sync.OnceValue(func() string { return ciFile("action.yml") })
	gitlabText = sync.OnceValue(func() string { return ciFile("gitlab.yml") })
)

// TestDocsPinTheAction: what the workflow in docs/audit.md uses is named by full
// commit ids, since whoever owns a tag can move it, and takes the inputs that
// docs/ci/action.yml has.
func TestDocsPinTheAction(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "audit.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "  ```yaml\n")
	block, _, _ = strings.Cut(block, "  ```")
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Uses string
				With map[string]string
			}
		}
	}
	var action struct {
		Inputs map[string]struct{ Default string }
	}
	if err := errors.Join(yaml.Unmarshal([]byte(block), &workflow), yaml.Unmarshal([]byte(actionText()), &action)); err != nil {
		t.Fatal(err)
	}
	steps := workflow.Jobs["signed"].Steps
	if len(steps) != 2 || !strings.HasPrefix(steps[1].Uses, "git-seal/git-seal/docs/ci@") {
		t.Fatalf("the workflow does not use the action:\n%s", block)
	}
	pinned := regexp.MustCompile(`^[\w./-]+@([0-9a-f]{40}|COMMIT)$`)
	for _, step := range steps {
		if !pinned.MatchString(step.Uses) {
			t.Errorf("%s is not pinned", step.Uses)
		}
	}
	for name := range steps[1].With {
		if _, ok := action.Inputs[name]; !ok {
			t.Errorf("the action has no input %s", name)
		}
	}
}

// githubAction runs the steps of docs/ci/action.yml as GitHub does, in the
// directory of the script. What expressions may ask for is given as
// github.sha=… and inputs.report-only=…; all else is empty, as it is there.
// The job's summary is $WORK/summary then.
func (s *scripts) githubAction(ts *testscript.TestScript, args []string) {
	var action struct {
		Inputs map[string]struct{ Default string }
		Runs   struct {
			Using string
			Steps []struct {
				Shell, Run string
				Env        map[string]string
			}
		}
	}
	decodeYAML(ts, actionText(), &action)
	if action.Runs.Using != "composite" || len(action.Runs.Steps) == 0 {
		ts.Fatalf("docs/ci/action.yml is no composite action")
	}
	context := pairs(args[1:])
	for name, input := range action.Inputs {
		if _, given := context["inputs."+name]; !given {
			context["inputs."+name] = input.Default
		}
	}
	work, root := ts.Getenv("WORK"), ciRoot(ts)
	github := map[string]string{
		"GITHUB_ACTION_PATH": filepath.Join(root, "docs", "ci"), "RUNNER_TEMP": filepath.Join(work, "runner"),
		"GITHUB_PATH": filepath.Join(work, "github-path"), "GITHUB_STEP_SUMMARY": filepath.Join(work, "summary"),
	}
	for _, file := range []string{"GITHUB_PATH", "GITHUB_STEP_SUMMARY"} { // of each step its own
		ts.Check(os.WriteFile(github[file], nil, 0o600))
	}
	code := 0
	for _, step := range action.Runs.Steps {
		if step.Shell != "bash" || strings.Contains(step.Run, "${{") {
			ts.Fatalf("shell %q of a step: expressions in its text would be part of the program:\n%s", step.Shell, step.Run)
		}
		vars := maps.Clone(github)
		for name, text := range step.Env {
			vars[name] = evaluated(ts, text, context)
		}
		added := strings.Fields(ts.ReadFile(github["GITHUB_PATH"]))
		vars["PATH"] = strings.Join(append(added, ts.Getenv("PATH")), string(os.PathListSeparator))
		if code = runWith(ts, vars, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run); code != 0 {
			break
		}
	}
	wantCode(ts, args[0], code)
}

var (
	expression = regexp.MustCompile(`\$\{\{ (.*?) \}\}`)
	property   = regexp.MustCompile(`^(github|inputs)(\.[a-z_-]+)+$`)
)

// evaluated is a text with the values of its expressions: the first property
// of several with || between them that is not empty.
func evaluated(ts *testscript.TestScript, text string, context map[string]string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		for _, name := range strings.Split(expression.FindStringSubmatch(e)[1], " || ") {
			if !property.MatchString(name) {
				ts.Fatalf("expression %s", e)
			}
			if value := context[name]; value != "" {
				return value
			}
		}
		return ""
	})
}

// gitlabJob runs the job of docs/ci/gitlab.yml as GitLab's runner does, with
// the variables that are given. The default branch is main.
func (s *scripts) gitlabJob(ts *testscript.TestScript, args []string) {
	var jobs map[string]struct {
		Variables    map[string]string
		BeforeScript []string `yaml:"before_script"`
		Script       []string
		Rules        []yaml.Node
		Artifacts    struct {
			When  string
			Paths []string
		}
	}
	decodeYAML(ts, gitlabText(), &jobs)
	job, ok := jobs["git-seal"]
	if !ok || len(job.Script) == 0 || len(job.Rules) == 0 {
		ts.Fatalf("docs/ci/gitlab.yml has no such job")
	}
	vars := maps.Clone(job.Variables)
	vars["CI_DEFAULT_BRANCH"] = "main" // GitLab sets it for every job
	maps.Copy(vars, pairs(args[1:]))   // the project's and the pipeline's come before the job's
	lines := strings.Join(append(job.BeforeScript, job.Script...), "\n")
	wantCode(ts, args[0], runWith(ts, vars, "sh", "-e", "-c", lines))
	if job.Artifacts.When != "always" || len(job.Artifacts.Paths) != 1 {
		ts.Fatalf("docs/ci/gitlab.yml keeps no report of what fails")
	}
	ts.Setenv("ARTIFACT", job.Artifacts.Paths[0])
}

// ciRoot is the root of this repository, which the program is built from where
// a job installs it.
func ciRoot(ts *testscript.TestScript) string {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	ts.Check(err)
	return root
}

func pairs(args []string) map[string]string {
	vars := map[string]string{}
	for _, kv := range args {
		name, value, _ := strings.Cut(kv, "=")
		vars[name] = value
	}
	return vars
}

// runWith is exitCodeOf with variables that end with the program.
func runWith(ts *testscript.TestScript, vars map[string]string, program string, args ...string) int {
	var with []string
	for name, value := range vars {
		with = append(with, name+"="+value)
	}
	return exitCodeOf(ts, "env", append(append(with, program), args...)...)
}

func wantCode(ts *testscript.TestScript, want string, got int) {
	if strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}
