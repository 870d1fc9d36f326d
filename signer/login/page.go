package login

import (
	"bytes"
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"strconv"
)

//go:embed page.html
var pageHTML string

// page is the page that the browser shows at the end.
type page struct {
	Status int
	Title  string
	Text   string // what happened
	Name   string // who logged in; "" if no one did
	Next   string // what to do
}

// Bad reports whether the page is about a failure.
func (p page) Bad() bool { return p.Name == "" }

// The pages for requests that do not come back from this login.
var (
	notFoundPage = page{Status: http.StatusNotFound, Title: "Nothing here",
		Text: "git-seal is waiting for a login at another address.",
		Next: "You can close this tab."}
	methodPage = page{Status: http.StatusMethodNotAllowed, Title: "Nothing here",
		Text: "git-seal is waiting for a browser to come back from a login.",
		Next: "You can close this tab."}
	otherLoginPage = page{Status: http.StatusBadRequest, Title: "This is another login",
		Text: "This page belongs to a login that git-seal is not waiting for, perhaps an earlier one. It was refused, and nothing was signed with it.",
		Next: "Close this tab. If git is still waiting, log in where it sent you last."}
	usedPage = page{Status: http.StatusBadRequest, Title: "Already used",
		Text: "This login was already used. A login works only once.",
		Next: "You can close this tab. To sign again, run the git command again."}
)

// pageOf returns the page at the end of a login.
func pageOf(who identity, err error) page {
	p := page{Status: http.StatusBadRequest, Title: "Login failed", Next: "Run the git command again. Your work is unchanged."}
	var login *Error
	switch {
	case err == nil:
		return page{Status: http.StatusOK, Title: "You are logged in", Name: who.name,
			Text: "git-seal will sign as", Next: "Go back to your terminal or editor. You can close this tab."}
	case errors.As(err, &login) && login.Problem == Denied:
		p.Title, p.Text = "Login denied", "The login was denied at the provider. Nothing was signed."
		p.Next = "If that was a mistake, run the git command again and allow the login. Your work is unchanged."
	default:
		p.Text = "Nothing was signed: " + err.Error() + "."
	}
	return p
}

// pageTemplate parses the template when a page is shown: most runs show none.
func pageTemplate() (*template.Template, error) { return template.New("page").Parse(pageHTML) }

// render writes the complete page and lets the connection close after it.
func (p page) render(w http.ResponseWriter) {
	var b bytes.Buffer
	t, err := pageTemplate()
	if err == nil {
		err = t.Execute(&b, p)
	}
	if err != nil {
		panic(err) // the template is part of the binary, checked by a test
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address contains the code
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Connection", "close")
	w.WriteHeader(p.Status)
	_, _ = w.Write(b.Bytes()) // the browser may be gone
	_ = http.NewResponseController(w).Flush()
}
