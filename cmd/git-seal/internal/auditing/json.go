package auditing

import (
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
	"github.com/git-seal/git-seal/cmd/git-seal/internal/judging"
	"github.com/git-seal/git-seal/verifier/audit"
)

// auditJSON prints the lines of git seal verify --format json as they come, and
// the report as the summary.
type auditJSON struct{ out *host.Output }

// jsonAudited is an object of an audit: what verify prints of it, and of a tag
// in a merge the commit.
type jsonAudited struct {
	judging.JSONObject
	MergedBy string `json:"mergedBy,omitempty"`
}

func (j *auditJSON) Result(r *audit.Result) {
	judged := &judging.Judgement{Result: r.Result, Rev: r.ID}
	if len(r.Refs) > 0 {
		judged.Rev = r.Refs[0]
	}
	judging.WriteJudgement(j.out, judged, func(o judging.JSONObject) any {
		o.Object, o.Type, o.Target = r.ID, string(r.Signed.Type), r.Target
		if r.ID == "" || r.Signed.Type == "" {
			o.Object, o.Type = "", ""
		}
		return jsonAudited{o, r.MergedBy}
	})
	r.Result = judged.Result
}

func (j *auditJSON) Broken() error { return j.out.Broken() }

func (j *auditJSON) End(report *audit.Report) error {
	j.out.JSON(struct {
		Version int           `json:"version"`
		Summary *audit.Report `json:"summary"`
	}{host.JSONVersion, report})
	return j.out.Close()
}
