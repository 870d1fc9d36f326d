package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"

	"github.com/git-seal/git-seal/verifier"
	"github.com/git-seal/git-seal/verifier/audit"
	"github.com/git-seal/git-seal/verifier/display"
	"github.com/git-seal/git-seal/verifier/policy"
)

// htmlReport writes one page that needs nothing else: what it loads is in it, and
// its Content-Security-Policy keeps everything else out, whatever a commit may
// have brought in.
type htmlReport struct{ out *display.Output }

func (h *htmlReport) Result(*audit.Result) {}

func (h *htmlReport) Broken() error { return nil }

func (h *htmlReport) End(r *audit.Report) error {
	if err := auditPage().Execute(h.out.W, newAuditPage(r)); err != nil {
		h.out.Fail(err)
	}
	return h.out.Close()
}

// Caps on the page, so that a telephone opens it.
const (
	maxPageFailures = 5_000
	maxPageSigners  = 1_000
	maxPageRows     = 1_000 // of each other list
)

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string
)

// auditPage is the page's template. What is quoted from objects is escaped
// twice: as every report does it, so that it shows what is there, and for HTML.
var auditPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("audit").Funcs(template.FuncMap{
		"value": display.Value, "message": display.Line, "stamp": display.Time, "date": dateIfProven, "percent": percent,
		"join": strings.Join, "verdicts": verdictsInWords, "rank": func(v string) int { return slices.Index(verdictOrder, v) },
		"forge": func(kind string) string { return forgeWords[policy.ForgeWork(kind)] },
		"claim": isClaim, "means": func(v string) string { return verdictMeans[v] }, "objects": ObjectsInWords,
		"key": func(scheme string) string { return keyWords[scheme] },
	}).Parse(pageHTML))
})

// auditPageData is what the template is filled with.
type auditPageData struct {
	*audit.Report
	CSP        string
	CSS        template.CSS
	JS         template.JS
	NoPolicy   string
	Conclusion string
	State      string // the class of the conclusion: good, bad or open
	Total      int
	Good       int
	Genuine    int
	Coverage   []bar
	Order      []string // verdicts that some object has
	Timeline   timeline
	Left       struct{ Failures, Signers, Refs, Changes, Excused int } // what is not on the page
}

func newAuditPage(r *audit.Report) *auditPageData {
	shown := *r
	p := &auditPageData{
		Report: &shown, CSP: contentSecurityPolicy(), CSS: template.CSS(pageCSS), JS: template.JS(pageJS),
		NoPolicy: noPolicy + "; " + noPolicyHint, Conclusion: conclusion(r), State: "good", Total: r.Objects.Total(), Good: r.Verdicts[verifier.Good.String()],
		Coverage: stack(r.Verdicts, r.Objects.Total()), Timeline: newTimeline(r.Months),
	}
	for _, name := range verdictOrder {
		if r.Verdicts[name] > 0 {
			p.Order = append(p.Order, name)
		}
		if name != verifier.Unsigned.String() && !isClaim(name) {
			p.Genuine += r.Verdicts[name]
		}
	}
	switch {
	case r.Partial != "" || p.Total == 0:
		p.State = "open"
	case failureCount(r) > 0:
		p.State = "bad"
	}
	shown.Failures, _ = firstOf(r.Failures, maxPageFailures)
	p.Left.Failures = failureCount(r) - len(shown.Failures)
	shown.Signers, p.Left.Signers = firstOf(r.Signers, maxPageSigners)
	shown.Refs, p.Left.Refs = firstOf(r.Refs, maxPageRows)
	shown.PolicyChanges, p.Left.Changes = firstOf(r.PolicyChanges, maxPageRows)
	shown.Excused, p.Left.Excused = firstOf(r.Excused, maxPageRows)
	return p
}

// isClaim says of a verdict that who is named in the object is not proven to
// have signed it.
func isClaim(verdict string) bool {
	return verdict == verifier.Bad.String() || verdict == verifier.Unknown.String() || verdict == verifier.Unsupported.String()
}

// firstOf is the beginning of a list, and how many more there are.
func firstOf[T any](list []T, limit int) ([]T, int) {
	n := min(len(list), limit)
	return list[:n], len(list) - n
}

// contentSecurityPolicy allows the page its own style and script, by their
// hashes, and an icon that is no request.
func contentSecurityPolicy() string {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return fmt.Sprintf("default-src 'none'; style-src %s; script-src %s; img-src data:; base-uri 'none'; form-action 'none'", hash(pageCSS), hash(pageJS))
}
