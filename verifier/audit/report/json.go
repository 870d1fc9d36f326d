package report

import (
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
)

// jsonReport prints the lines of git seal verify --format json as they come, and
// the report as the summary.
type jsonReport struct{ out *display.Output }

// jsonAudited is an object of an audit: what verify prints of it, and of a tag
// in a merge the commit.
type jsonAudited struct {
	Object
	MergedBy string `json:"mergedBy,omitempty"`
}

func (j *jsonReport) Result(r *audit.Result) {
	r.Result = WriteObject(j.out, r.Result, func(o Object) any {
		o.Object, o.Type, o.Target, o.Revision = r.ID, string(r.Signed.Type), r.Target, r.ID
		o.Tag = r.Signed.TagName
		if len(r.Refs) > 0 {
			o.Revision = r.Refs[0]
		}
		if r.ID == "" || r.Signed.Type == "" {
			o.Object, o.Type = "", ""
		}
		return jsonAudited{o, r.MergedBy}
	})
}

func (j *jsonReport) Broken() error { return j.out.Broken() }

func (j *jsonReport) End(report *audit.Report) error {
	j.out.JSON(struct {
		Version int           `json:"version"`
		Summary *audit.Report `json:"summary"`
	}{display.JSONVersion, report})
	return j.out.Close()
}
