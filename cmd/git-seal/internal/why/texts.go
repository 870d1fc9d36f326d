package why

import (
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// explanation is what git seal why prints about one kind of failure.
type explanation struct {
	What string   // what it means, in full sentences
	Try  []string // what may help, the most likely first
}

// Explanations has an entry for each kind of failure.
var Explanations = map[host.Reason]explanation{
	Unexplained: {
		What: "git-seal has no explanation for this failure. The error names what failed and why.",
		Try: []string{
			"Run it again with GIT_SEAL_TRACE=1 in the environment. This prints each call of git and each request, with its duration.",
			"If it happens again, please report it with that output and the output of `git seal version`. Neither contains a token.",
		},
	},

	Call: {
		What: "git-seal was called with options that git does not use for a signing program. Either another program ran it, or gpg.format and gpg.x509.program do not fit together.",
		Try: []string{
			"`git seal init` sets both: gpg.format to x509, and gpg.x509.program to git-seal.",
			"`git config --show-origin --get-regexp '^gpg'` shows where they are set.",
		},
	},
	Stream: {
		What: "Git gives a signing program three streams: the object on standard input, the signature on standard output, and the status lines on another descriptor. One of them was missing, empty or closed, or writing to it failed. Git may have been stopped, the program that runs git may have closed the stream, or the disk may be full. An object can have at most 16 MiB.",
		Try: []string{
			"Run the git command by hand, in a terminal.",
			"If an editor or a script runs git, check whether it limits or closes the streams of the programs that it runs.",
		},
	},
	Interrupted: {
		What: "The signature was interrupted before it was complete, by Ctrl-C or by the program that runs git. Nothing was kept. If the certificate was issued already, the logs contain the certificate, but no signature.",
		Try:  []string{"Run the git command again."},
	},

	Git: {
		What: "git-seal reads its settings through git, and git failed: it is not on PATH, it is older than 2.39, or its configuration is not valid.",
		Try: []string{
			"`git config --list --show-origin` shows what git itself reports about its configuration.",
			"`git --version` shows which git is found first.",
		},
	},
	UnsafeRepository: {
		What: "The repository belongs to another user. Git does not read the configuration of such a repository, because it may name programs to run.",
		Try: []string{
			"If you trust the owner: `git config --global --add safe.directory DIR`.",
			"In a container, make the user who works in the repository its owner.",
		},
	},
	Setting: {
		What: "A setting has a value that is not valid. git-seal does not guess, because a wrong address or file could sign with something other than what you meant. The error names the value and where it is set.",
		Try: []string{
			"Correct the value. docs/settings.md and `git help seal` list what each setting accepts.",
			"`git config --show-origin --get-regexp '^seal'` shows all settings and their files. Variables that begin with GIT_SEAL_ take precedence over them.",
		},
	},
	TrustedRoot: {
		What: "The trusted root lists the certificate authorities and logs that you trust. It could not be used: it is missing, damaged, out of date, or inside the work tree, where a pull could replace it. Signing needs it too: git-seal does not log a signature that could not be verified here.",
		Try: []string{
			"For your own instance, get a new copy of its trusted_root.json, keep it outside the work tree, and run `git seal init --trusted-root FILE`.",
			"The public Sigstore instance needs no setting: `git config --unset-all seal.trustedRoot`.",
		},
	},
	TrustUpdate: {
		What: "The trusted root lists the certificate authorities and logs that you trust, and TUF keeps it up to date. The TUF repository did not answer, or its answer was not valid. No earlier root is still valid, so a new signature could not be verified.",
		Try: []string{
			"`git seal trust show` shows what is trusted, and from when until when. `git seal trust update` contacts the repository again.",
			"Without a network, run `git seal trust export FILE` on another machine, and `git seal trust import FILE` here.",
			"Check that seal.tufMirror and seal.tufRoot belong to your instance.",
			"`date -u` shows this machine's clock. With a wrong clock, everything may seem to have expired.",
		},
	},
	Services: {
		What: "git-seal does not know which services to ask for a certificate, a log entry and a timestamp, or with the services that are set nothing would prove when the signature was made. git-seal uses the public Sigstore instance only if no setting names another one. It never uses it to fill a gap in the settings of another one.",
		Try: []string{
			"Name the instance's signing_config.json, which lists all its services: `git seal init --signing-config FILE`.",
			"If the services have changed, get a new copy of that file: it says until when to use each of them.",
			"A Rekor v2 log, or no log, needs a timestamp authority: set seal.timestampServerURL.",
		},
	},

	TokenMissing: {
		What: "Signing begins with an ID token, in which an OpenID Connect provider says who you are. It is valid for a few minutes. There is no token here, and no way to get one: no one can log in, or the CI system gives this job no token. In CI, git-seal never waits for a person.",
		Try: []string{
			"In GitHub Actions, give the job the permission `id-token: write`. In GitLab, add an `id_tokens:` entry SIGSTORE_ID_TOKEN with the audience sigstore.",
			"Put a token into SIGSTORE_ID_TOKEN, or name a file that contains one: `git config seal.tokenFile FILE`.",
			"`git config seal.tokenProvider` shows where the token should come from. docs/signing.md shows what to set in each environment.",
		},
	},
	TokenUnreadable: {
		What: "git-seal found the place where the ID token should be, but could not read the token there.",
		Try:  []string{"Check who may read the file that the error names. seal.tokenFile sets it.", "If it is a pipe, check that a program writes a token into it and closes it."},
	},
	TokenMalformed: {
		What: "What should be the ID token is something else. An ID token is a JWT: one line of three parts in base64url, joined by dots. It names an issuer, an audience, an expiry time, and a subject or an e-mail address.",
		Try: []string{
			"Ask the provider for an ID token. An access token is something else, even if it looks the same.",
			"If a command writes the token, check that it writes nothing else: no quotes, no JSON, no message.",
		},
	},
	TokenExpired: {
		What: "ID tokens are valid for a few minutes, and this one has expired. If it is new, this machine's clock may be wrong.",
		Try: []string{
			"Get a new token right before signing. For a long rebase, use a source that gives new tokens (seal.tokenProvider).",
			"`date -u` shows this machine's clock.",
		},
	},
	TokenNotYetValid: {
		What: "By this machine's clock, the ID token is not valid yet. git-seal allows a difference of an hour. So the clock is more than an hour behind, or the token is for a later time.",
		Try:  []string{"`date -u` shows this machine's clock. Correct it."},
	},
	TokenAudience: {
		What: "An ID token names the service that it is for, its audience. This one is for another service. The certificate authority would refuse it, and no one but that service should get it.",
		Try: []string{
			"Ask the provider for a token with the audience that the certificate authority expects. For the public Sigstore instance that is `sigstore`; in GitHub Actions, add `&audience=sigstore` to the request.",
			"If your instance expects another audience: `git config seal.clientID AUDIENCE`.",
		},
	},
	TokenIssuer: {
		What: "The ID token comes from a different provider than the one that is set. It was not sent, because a token from the wrong provider signs as someone else.",
		Try:  []string{"`git config seal.issuer` shows the provider. A token in SIGSTORE_ID_TOKEN or seal.tokenFile must come from it."},
	},
	TokenUnverified: {
		What: "The ID token says that the provider has not verified the e-mail address. So nothing shows that the address is yours.",
		Try:  []string{"Verify the address in your account settings at the provider, and log in again.", "Use another account."},
	},
	TokenProvider: {
		What: "The source of ID tokens here (the CI system, the machine's own service or the OpenID Connect provider) gave no token: it refused, or it sent something else. The error contains its message.",
		Try: []string{
			"In CI, check whether the job may ask for a token. In GitHub Actions it needs the permission `id-token: write`, which pull requests from forks never get.",
			"On a machine, check whether it has an identity: a service account, or an entry in the SPIFFE server.",
			"Put a token from elsewhere into SIGSTORE_ID_TOKEN, or into a file that seal.tokenFile names.",
		},
	},

	LoginDenied: {
		What: "The login was denied, in the browser or by the provider. Nothing was signed.",
		Try: []string{
			"Run the git command again, and allow the login.",
			"If you did not start that login, someone else may have: check who uses this machine.",
		},
	},
	LoginTimeout: {
		What: "git-seal waited for a login, and no one logged in: the tab was closed, the browser opened elsewhere, or the code was not entered in time.",
		Try: []string{
			"Run the git command again, and log in within five minutes.",
			"If no browser opens, use the address that the terminal shows, or name the program that opens a browser: `git config seal.browser COMMAND`.",
			"On a machine without a browser, log in with a code on another device: `git config seal.tokenProvider device`.",
		},
	},
	LoginPort: {
		What: "After the login, the browser comes back to a port of this machine, the one in seal.redirectURL. Another program uses that port.",
		Try: []string{
			"If another login waits there, end it.",
			"Use any free port: `git config --unset seal.redirectURL`. If the provider must know the address in advance, register another one there.",
		},
	},
	LoginBrowser: {
		What: "No browser could be opened here, and there was no terminal to show the address on.",
		Try: []string{
			"Name the program that opens one: `git config --global seal.browser COMMAND`.",
			"In a terminal, log in with a code: `git config seal.tokenProvider device`.",
			"Put a token into SIGSTORE_ID_TOKEN, or name a file that contains one: `git config seal.tokenFile FILE`.",
		},
	},
	LoginDevice: {
		What: "Logging in with a code was not possible: the provider does not offer it, or there was no terminal to show the code on.",
		Try: []string{
			"Log in with a browser on this machine: `git config seal.tokenProvider browser`.",
			"Put a token into SIGSTORE_ID_TOKEN, or name a file that contains one: `git config seal.tokenFile FILE`.",
		},
	},
	LoginRefused: {
		What: "The provider refused the login request. It does not know this client, the address that the browser comes back to, or the service to log in with.",
		Try: []string{
			"`git config --show-origin --get-regexp '^seal'` shows what git-seal sent: seal.issuer, seal.clientID, seal.connectorID, seal.redirectURL.",
			"Ask the provider's operator under which client ID git-seal is registered.",
		},
	},
	LoginAnswer: {
		What: "The server at the provider's address did not answer as an OpenID Connect provider does, or it sent an ID token that does not belong to this login. git-seal discarded the answer.",
		Try: []string{
			"Check the address. seal.issuer sets it, otherwise the instance's signing configuration.",
			"`date -u` shows this machine's clock. git-seal refuses a token that seems to come from another day.",
			"If it happens again, tell the provider's operator.",
		},
	},

	PublishUnasked: {
		What: "The public Sigstore instance publishes the certificate of every signature in public logs: the e-mail address or workflow that signed, and when. They stay there permanently, everyone can search them, and no one can remove anything. So git-seal asks once before the first signature. Here it could not ask, because there was no terminal or this is CI. Nothing was sent.",
		Try: []string{
			"Agree by naming the identity: `git config --global seal.publishIdentity alice@example.com` for all your repositories, without --global for one.",
			"In CI, set GIT_SEAL_PUBLISH_IDENTITY=true in the environment.",
			"Commit once in a terminal: git-seal asks there, and keeps the answer.",
			"Use your own instance, which publishes nothing: `git seal init --trusted-root FILE --signing-config FILE`.",
		},
	},
	PublishDeclined: {
		What: "You chose not to publish this identity, so nothing was sent and nothing was signed. git-seal does not keep this answer, in case it was the wrong account.",
		Try: []string{
			"Sign as someone else: log in with another account, or use another token.",
			"To be asked never again: `git config --global seal.publishIdentity false`, and sign with your own instance.",
		},
	},
	PublishForbids: {
		What: "seal.publishIdentity is false, so no identity may be published from here. Signing with the public Sigstore instance would publish yours. Nothing was sent.",
		Try: []string{
			"Sign with your own instance: `git seal init --trusted-root FILE --signing-config FILE`.",
			"If this is not meant for this repository, the error says where it is set. A repository's configuration takes precedence over your own.",
		},
	},
	PublishPrivate: {
		What: "The CI system's token says that the project is not public. Its certificate would name the owner, the repository, the ref, the workflow and the URL of the run, and public logs show certificates permanently. Everyone would learn what the project keeps private. Nothing was sent.",
		Try: []string{
			"Sign with your own instance: `git seal init --trusted-root FILE --signing-config FILE`.",
			"If these names may be published, set GIT_SEAL_PUBLISH_IDENTITY=true in the job's environment.",
		},
	},

	ServiceTimeout: {
		What: "A service did not answer in time. It may be overloaded or down, or something on the way (a proxy, a firewall) may block the request.",
		Try: []string{
			"Run the git command again; most such failures are temporary.",
			"See the instance's status page. The public Sigstore instance has https://status.sigstore.dev.",
			"Allow more time: `git config seal.timeout 2m`.",
			"Behind a proxy, set HTTPS_PROXY for git too, also in editors.",
		},
	},
	ServiceName: {
		What: "The host name of the service could not be resolved: there is no network here, the DNS server does not answer, or the name is wrong.",
		Try: []string{
			"Check that this machine is online, and whether your own instance needs a VPN.",
			"Check the name: `git config --show-origin --get-regexp '^seal'`.",
		},
	},
	ServiceUnreachable: {
		What: "git-seal could not connect to the service, or the connection ended before the answer was complete. The service may be down, or something on the way may block it.",
		Try: []string{
			"Check that the service is up, and that its address and port are right. seal.signingConfig sets them; seal.fulcio, seal.rekor and seal.timestampServerURL take precedence.",
			"Behind a proxy, set HTTPS_PROXY for git too, also in editors.",
		},
	},
	ServiceUntrusted: {
		What: "The TLS connection failed. The service's certificate has another name or has expired, or this machine does not know the authority that issued it; or the server does not use TLS at all. A proxy that inspects connections can cause this, and so can a wrong clock. The ID token was not sent.",
		Try: []string{
			"`date -u` shows this machine's clock.",
			"If your company's proxy has its own certificate authority, add that to this system's certificates, or name its file in SSL_CERT_FILE.",
			"A service without TLS is allowed only on this machine.",
		},
	},
	ServiceRedirect: {
		What: "The service redirected the request to another host. git-seal does not follow: the request may contain the ID token, and another host's answer is not what git-seal asked for. A captive portal or the login page of a proxy can cause this, and so can an address that has moved.",
		Try: []string{
			"Open any web page: a network that wants you to log in shows its own page.",
			"If the service has moved, put the new address into the settings.",
		},
	},
	ServiceCleartext: {
		What: "The address begins with http:// and is on another machine. Everyone on the way could read the ID token and sign with it, so nothing was sent.",
		Try: []string{
			"Change the address to https://. The error names it. It comes from the settings, the signing configuration or the CI system's variables.",
		},
	},
	ServiceIdentity: {
		What: "The certificate authority did not accept the ID token: it does not know the token's provider, it expects another audience, or the token has expired. The error contains its message.",
		Try: []string{
			"Check that the instance accepts the provider. The public Sigstore instance lists its providers at https://fulcio.sigstore.dev/api/v2/configuration.",
			"Check that the token is for this instance: the public one does not accept tokens from a private provider.",
			"Get a new token: tokens are valid for a few minutes.",
		},
	},
	ServiceRefused: {
		What: "The service refused the request. The error contains its message.",
		Try: []string{
			"Check that the address belongs to a service of this kind, with the right path: seal.rekor is the URL of a log, seal.timestampServerURL the full URL of a timestamp authority.",
			"Check that this git-seal and the service are of similar age: an old version may not know the API of a new one.",
		},
	},
	ServiceBusy: {
		What: "The service received more requests from here than it allows.",
		Try: []string{
			"Wait a minute, and run the git command again.",
			"A long rebase signs each commit. Sign only the last commit, or use your own instance.",
		},
	},
	ServiceFailed: {
		What: "The service reported an error of its own. Nothing is wrong here.",
		Try: []string{
			"Run the git command again in a minute.",
			"See the instance's status page. The public Sigstore instance has https://status.sigstore.dev.",
		},
	},
	ServiceTaken: {
		What: "The log accepted the signature, but its answer was lost. Asked again, it reports only that it has the signature already. Without the answer nothing proves the entry, so git-seal discarded the signature. Its entry stays in the log and does no harm.",
		Try:  []string{"Run the git command again. It makes a new signature."},
	},
	ServiceAnswer: {
		What: "The service did not send what git-seal asked for: it sent another certificate, log entry or timestamp, one that is not valid, or something else. git-seal discarded the answer. The cause is a fault in the service, another server that answers in its place, or an attack.",
		Try: []string{
			"Run the git command again. If it happens again, tell the operator of the service.",
			"Check that the address belongs to a service of this kind: `git config --show-origin --get-regexp '^seal'`.",
		},
	},

	OwnSignature: {
		What: "git-seal verifies each new signature before git gets it, with its own verifier and with another implementation. This one was not valid, so git-seal discarded it. Usually the trusted root and the services do not belong together: the root is older than the services, or from another instance.",
		Try: []string{
			"Get new copies of both files of the instance: `git seal init --trusted-root FILE --signing-config FILE`.",
			"If they do belong together, please report this with the error.",
		},
	},
}

// meanwhile is what helps with every failure.
var meanwhile = []string{
	"Nothing is lost. Your changes are still staged, and your message is in the file that `git rev-parse --git-path COMMIT_EDITMSG` names.",
	"To commit without a signature: `git commit --no-gpg-sign`. To sign that commit later: `git commit --amend --no-edit -S`.",
}
