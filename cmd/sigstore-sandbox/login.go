package main

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	loginPath  = "/login"
	devicePath = "/device"
)

//go:embed login.html
var loginHTML string

var loginTemplate = template.Must(template.New("login").Parse(loginHTML))

// loginPages are the pages where a person says who they are. They take everybody's word for it.
type loginPages struct {
	storage  *oidcStorage
	identity string // offered as the answer
	provider op.Authorizer
	callback func(ctx context.Context, id string) string
}

// loginPage is what the template shows.
type loginPage struct {
	Title     string
	Message   string // shown instead of the form when there is nothing to fill in
	Error     string
	Action    string
	ID        string // of a login in the code flow
	Connector string // that the client wants to log in with; there is none here, and everybody is let through
	Device    bool   // ask for a user code
	Code      string
	Email     string
}

func (p *loginPages) showLogin(w http.ResponseWriter, r *http.Request) {
	request, err := p.storage.AuthRequestByID(r.Context(), r.FormValue("id"))
	if err != nil {
		render(w, http.StatusNotFound, loginPage{Title: "Log in", Error: err.Error()})
		return
	}
	render(w, http.StatusOK, p.loginPage(request.(*authRequest)))
}

func (p *loginPages) loginPage(request *authRequest) loginPage {
	page := loginPage{Title: "Log in", Action: loginPath, ID: request.id, Connector: request.connector, Email: p.identity}
	if request.LoginHint != "" {
		page.Email = request.LoginHint
	}
	return page
}

func (p *loginPages) login(w http.ResponseWriter, r *http.Request) {
	found, err := p.storage.AuthRequestByID(r.Context(), r.FormValue("id"))
	if err != nil {
		render(w, http.StatusNotFound, loginPage{Title: "Log in", Error: err.Error()})
		return
	}
	request := found.(*authRequest)
	if r.FormValue("action") == "deny" {
		_ = p.storage.DeleteAuthRequest(r.Context(), request.id) // never fails
		op.AuthRequestError(w, r, request, oidc.ErrAccessDenied().WithDescription("denied on the sandbox's login page"), p.provider)
		return
	}
	page := p.loginPage(request)
	page.Email = r.FormValue("email")
	if err := checkEmail(page.Email); err != nil {
		page.Error = err.Error()
		render(w, http.StatusBadRequest, page)
		return
	}
	if err := p.storage.finishLogin(request.id, page.Email); err != nil {
		render(w, http.StatusNotFound, loginPage{Title: page.Title, Error: err.Error()})
		return
	}
	http.Redirect(w, r, p.callback(r.Context(), request.id), http.StatusFound)
}

// connectorKey is where a request's context holds its connector_id, which the provider's library drops.
type connectorKey struct{}

// withConnector keeps the connector_id of a request.
func withConnector(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		connector := r.URL.Query().Get("connector_id")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), connectorKey{}, connector)))
	})
}

func (p *loginPages) devicePage(r *http.Request) loginPage {
	return loginPage{
		Title:  "Connect a device",
		Action: devicePath,
		Device: true,
		Code:   strings.ToUpper(strings.TrimSpace(r.FormValue("user_code"))),
		Email:  p.identity,
	}
}

func (p *loginPages) showDevice(w http.ResponseWriter, r *http.Request) {
	render(w, http.StatusOK, p.devicePage(r))
}

func (p *loginPages) device(w http.ResponseWriter, r *http.Request) {
	page := p.devicePage(r)
	page.Email = r.FormValue("email")
	approved := page.Email
	done := "The device is connected as " + page.Email + ". Go back to it; you can close this page."
	if r.FormValue("action") == "deny" {
		approved, done = "", "The device was denied. You can close this page."
	} else if err := checkEmail(page.Email); err != nil {
		page.Error = err.Error()
		render(w, http.StatusBadRequest, page)
		return
	}
	if err := p.storage.finishDevice(page.Code, approved); err != nil {
		page.Error = err.Error()
		render(w, http.StatusNotFound, page)
		return
	}
	render(w, http.StatusOK, loginPage{Title: page.Title, Message: done})
}

// render writes a page. It is made in memory first, so that an error does not follow half a page.
func render(w http.ResponseWriter, status int, page loginPage) {
	var b bytes.Buffer
	if err := loginTemplate.Execute(&b, page); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
