package main

import "github.com/git-seal/git-seal/verifier/audit"

// auditJSON prints the lines of git seal verify --format json as they come, and
// the report as the summary.
type auditJSON struct{ out *output }

// jsonAudited is an object of an audit: what verify prints of it, and of a tag
// in a merge the commit.
type jsonAudited struct {
	jsonObject
	MergedBy string `json:"mergedBy,omitempty"`
}

func (j *auditJSON) result(r *audit.Result) {
	judged := &judgement{Result: r.Result, rev: r.ID}
	if len(r.Refs) > 0 {
		judged.rev = r.Refs[0]
	}
	j.out.judgement(judged, func(o jsonObject) any {
		o.Object, o.Type, o.Target = r.ID, string(r.Signed.Type), r.Target
		if r.ID == "" || r.Signed.Type == "" {
			o.Object, o.Type = "", ""
		}
		return jsonAudited{o, r.MergedBy}
	})
	r.Result = judged.Result
}

func (j *auditJSON) broken() error { return j.out.broken() }

func (j *auditJSON) end(report *audit.Report) error {
	j.out.json(struct {
		Version int           `json:"version"`
		Summary *audit.Report `json:"summary"`
	}{jsonVersion, report})
	return j.out.close()
}
