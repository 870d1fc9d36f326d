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

// page is what the browser shows at the end.
type page struct {
	Status int
	Title  string
	Text   string // what happened
	Name   string // who logged in; "" for nobody
	Next   string // what to do
}

// Bad tells the pages of what went wrong.
func (p page) Bad() bool { return p.Name == "" }

// The pages for requests that are not this login's answer.
var (
	notFoundPage = page{Status: http.StatusNotFound, Title: "Nothing here",
		Text: "git-seal waits here for a login, at another address.",
		Next: "You can close this tab."}
	methodPage = page{Status: http.StatusMethodNotAllowed, Title: "Nothing here",
		Text: "git-seal waits here for a browser that comes back from a login.",
		Next: "You can close this tab."}
	otherLoginPage = page{Status: http.StatusBadRequest, Title: "This is another login",
		Text: "This page belongs to a login that git-seal does not wait for, an earlier one perhaps. It was refused, and nothing was signed with it.",
		Next: "Close this tab. If git is still waiting, log in where it sent you last."}
	usedPage = page{Status: http.StatusBadRequest, Title: "Already used",
		Text: "This login has been used. It works once.",
		Next: "You can close this tab. To sign again, run the git command again."}
)

// pageOf is the page at the end of a login.
func pageOf(who identity, err error) page {
	p := page{Status: http.StatusBadRequest, Title: "Login failed", Next: "Run the git command again. Your work is as you left it."}
	var login *Error
	switch {
	case err == nil:
		return page{Status: http.StatusOK, Title: "You are logged in", Name: who.name,
			Text: "git-seal will sign as", Next: "Go back to your terminal or editor, where it goes on. You can close this tab."}
	case errors.As(err, &login) && login.Problem == Denied:
		p.Title, p.Text = "Login denied", "Access was denied at the provider. Nothing was signed."
		p.Next = "If you did not mean to, run the git command again and allow it. Your work is as you left it."
	default:
		p.Text = "Nothing was signed: " + err.Error() + "."
	}
	return p
}

// pageTemplate is parsed when the first page is shown: most runs show none.
func pageTemplate() (*template.Template, error) { return template.New("page").Parse(pageHTML) }

// render writes the page, whole, and with the connection's end in sight.
func (p page) render(w http.ResponseWriter) {
	var b bytes.Buffer
	t, err := pageTemplate()
	if err == nil {
		err = t.Execute(&b, p)
	}
	if err != nil {
		panic(err) // the template is part of the binary, held by a test
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the address holds the code
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Connection", "close")
	w.WriteHeader(p.Status)
	_, _ = w.Write(b.Bytes()) // a browser that has gone has gone
	_ = http.NewResponseController(w).Flush()
}
