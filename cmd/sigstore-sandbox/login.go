package main

import (
	"bytes"
	"context"
	_ "embed"
	"html/template"
	"net/http"
	"strings"
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
	callback func(ctx context.Context, id string) string
}

// loginPage is what the template shows.
type loginPage struct {
	Title   string
	Message string // shown instead of the form when there is nothing to fill in
	Error   string
	Action  string
	ID      string // of a login in the code flow
	Device  bool   // ask for a user code, and offer to deny
	Code    string
	Email   string
}

func (p *loginPages) showLogin(w http.ResponseWriter, r *http.Request) {
	page := p.loginPage(r.FormValue("id"))
	if request, err := p.storage.AuthRequestByID(r.Context(), page.ID); err != nil {
		page = loginPage{Title: "Log in", Error: err.Error()}
		render(w, http.StatusNotFound, page)
		return
	} else if hint := request.(*authRequest).LoginHint; hint != "" {
		page.Email = hint
	}
	render(w, http.StatusOK, page)
}

func (p *loginPages) loginPage(id string) loginPage {
	return loginPage{Title: "Log in", Action: loginPath, ID: id, Email: p.identity}
}

func (p *loginPages) login(w http.ResponseWriter, r *http.Request) {
	page := p.loginPage(r.FormValue("id"))
	page.Email = r.FormValue("email")
	if err := checkEmail(page.Email); err != nil {
		page.Error = err.Error()
		render(w, http.StatusBadRequest, page)
		return
	}
	if err := p.storage.finishLogin(page.ID, page.Email); err != nil {
		render(w, http.StatusNotFound, loginPage{Title: page.Title, Error: err.Error()})
		return
	}
	http.Redirect(w, r, p.callback(r.Context(), page.ID), http.StatusFound)
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
	done := "The device is connected as " + page.Email + ". You can close this page."
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
