package why

import (
	"github.com/git-seal/git-seal/cmd/git-seal/internal/host"
)

// explanation is what git seal why says about one kind of failure.
type explanation struct {
	What string   // what it means, in whole sentences
	Try  []string // what may help, the likeliest first
}

// Explanations has a row for each kind of failure.
var Explanations = map[host.Reason]explanation{
	Unexplained: {
		What: "This is none of the failures that git-seal has an explanation for. The error names what failed and why.",
		Try: []string{
			"Run it again with GIT_SEAL_TRACE=1 in the environment: it shows each call of git and each request with its duration.",
			"If it happens again, report it with that output and `git seal version`; no token stands in either.",
		},
	},

	Call: {
		What: "git-seal was called with options that are none of git's for a signing program. Either something other than git ran it, or gpg.format and gpg.x509.program do not go together.",
		Try: []string{
			"`git seal init` sets both: gpg.format to x509, and gpg.x509.program to git-seal.",
			"`git config --show-origin --get-regexp '^gpg'` shows where other values stand.",
		},
	},
	Stream: {
		What: "The streams that git gives a signing program were not all there: the payload on standard input, the signature on standard output, the status lines on a descriptor of their own. Git may have been stopped, or whatever runs it may have closed them; a full disk behind them looks the same. What is signed may have 16 MiB at most.",
		Try: []string{
			"Run the git command again by hand, in a terminal.",
			"If an editor or a script runs git for you, see whether it limits or closes the streams of programs.",
		},
	},
	Interrupted: {
		What: "The signature was interrupted, by Ctrl-C or by whatever ran git, before it was complete. Nothing of it was kept. Had the certificate been issued already, the logs show that; they show no signature.",
		Try:  []string{"Run the git command again."},
	},

	Git: {
		What: "git-seal asks git for the configuration, and git did not answer as it should: it is missing from PATH, older than 2.39, or its configuration does not parse.",
		Try: []string{
			"`git config --list --show-origin` shows what git itself says about its configuration.",
			"`git --version` shows which git is found first.",
		},
	},
	UnsafeRepository: {
		What: "The repository belongs to another user, and git does not read the configuration of such repositories: it may name programs to run.",
		Try: []string{
			"If you trust the owner: `git config --global --add safe.directory DIR`.",
			"In a container, have the repository belong to the user who works in it.",
		},
	},
	Setting: {
		What: "A setting holds a value that does not parse. git-seal does not guess: a wrong address or a wrong file would sign with something other than what you meant. The error names the value and where it stands.",
		Try: []string{
			"Correct it where the error says; docs/settings.md and `git help seal` list what each setting takes.",
			"`git config --show-origin --get-regexp '^seal'` shows all of them with their files; variables that begin with GIT_SEAL_ go before them.",
		},
	},
	TrustedRoot: {
		What: "The trusted root, which says what certificates and logs to believe, could not be used: it is missing, damaged, out of date, or lies in the work tree, where whatever is pulled could replace it. It is needed to sign too: a signature that could not be verified here is not sent into a log.",
		Try: []string{
			"For an instance of your own, fetch its trusted_root.json anew: `git seal init --trusted-root FILE`, with a file outside the work tree.",
			"For the public instance, no setting is needed: `git config --unset-all seal.trustedRoot`.",
		},
	},
	TrustUpdate: {
		What: "The trusted root, which says what certificates and logs to believe, is kept up to date by TUF. The TUF repository did not answer, or what it answered did not verify; and there is no root from before that is still good, so nothing could be signed that would verify.",
		Try: []string{
			"`git seal trust show` says what is trusted, since when and until when; `git seal trust update` asks the repository again.",
			"Without a network here: `git seal trust export FILE` on another machine, and `git seal trust import FILE` here.",
			"See whether seal.tufMirror and seal.tufRoot are those of your instance.",
			"`date -u` shows this machine's clock: by a wrong one everything has expired.",
		},
	},
	Services: {
		What: "git-seal could not tell which services to ask for a certificate, a log entry and a timestamp, or what it was told would make a signature whose time nothing proves. The public instance is used where nothing says otherwise, and never to fill a gap in the settings of another one.",
		Try: []string{
			"`git seal init --signing-config FILE` names an instance's signing_config.json, which holds all addresses.",
			"If services have changed, fetch that file anew: it says until when each is to be used.",
			"A log of Rekor v2, or no log, needs a timestamp authority: seal.timestampServerURL.",
		},
	},

	TokenMissing: {
		What: "Signing begins with an ID token, in which an OpenID Connect provider says who you are; it is valid for some minutes. There is none here, and no way to get one: nobody can log in, or the CI system does not give this job a token. In CI git-seal never waits for a person.",
		Try: []string{
			"In GitHub Actions, give the job the permission `id-token: write`; in GitLab, an `id_tokens:` entry SIGSTORE_ID_TOKEN with the audience sigstore.",
			"Put a token into SIGSTORE_ID_TOKEN, or name a file that holds one: `git config seal.tokenFile FILE`.",
			"`git config seal.tokenProvider` says where the token is to come from; docs/signing.md has the lines for each environment.",
		},
	},
	TokenUnreadable: {
		What: "There is something where the ID token belongs, and it could not be read.",
		Try:  []string{"See who may read the file that the error names; seal.tokenFile names it.", "If it is a pipe, see that something writes a token into it and closes it."},
	},
	TokenMalformed: {
		What: "What was found in the ID token's place is not an ID token. An ID token is a JWT: one line of three parts in base64url, joined by dots, that names an issuer, an audience, an expiry, and a subject or an e-mail address.",
		Try: []string{
			"Ask the provider for an ID token. An access token is something else, even where it looks the same.",
			"If a command writes the token, see that it writes nothing but the token: no quotes, no JSON around it, no message.",
		},
	},
	TokenExpired: {
		What: "ID tokens last for minutes, and this one is over. If it was made just now, this machine's clock may be wrong.",
		Try: []string{
			"Get a new token, right before signing; a long rebase may need a source that hands out new ones (seal.tokenProvider).",
			"`date -u` shows this machine's clock.",
		},
	},
	TokenNotYetValid: {
		What: "By this machine's clock the ID token is not valid yet. Up to an hour is let pass; so the clock is more than that behind, or the token was made for later.",
		Try:  []string{"`date -u` shows this machine's clock; set it right."},
	},
	TokenAudience: {
		What: "An ID token says for whom it is made, and this one is for somebody else. The certificate authority would refuse it, and whoever it is made for should be the only one to get it.",
		Try: []string{
			"Ask the provider for a token with the audience that the certificate authority wants: `sigstore` with the public instance, in GitHub Actions `&audience=sigstore` in the request.",
			"If your instance wants another one: `git config seal.clientID AUDIENCE`.",
		},
	},
	TokenIssuer: {
		What: "The ID token comes from another provider than the one that was asked for. It was not sent on: a token of the wrong provider signs as somebody else.",
		Try:  []string{"`git config seal.issuer` names the provider; a token in SIGSTORE_ID_TOKEN or seal.tokenFile has to be one of its."},
	},
	TokenUnverified: {
		What: "The provider says in the token that it has not verified the e-mail address, so nobody vouches that it is yours.",
		Try:  []string{"Verify the address in the provider's account settings, and log in again.", "Use another account."},
	},
	TokenProvider: {
		What: "Whoever hands out ID tokens here (the CI system, the machine's own service, the OpenID Connect provider) did not hand out one: it refused, or answered with something else. The error has its own words.",
		Try: []string{
			"In CI, see whether the job may ask for a token: in GitHub Actions by the permission `id-token: write`, which pull requests from forks never get.",
			"On a machine, see whether it has an identity at all: a service account, an entry in the SPIFFE server.",
			"A token from elsewhere goes into SIGSTORE_ID_TOKEN, or into a file that seal.tokenFile names.",
		},
	},

	LoginDenied: {
		What: "The login was denied, by whoever sat before it or by the provider. Nothing was signed.",
		Try: []string{
			"Run the git command again, and allow the login.",
			"If nobody asked for that login, somebody else may have: see who uses this machine.",
		},
	},
	LoginTimeout: {
		What: "git-seal waited for a login, and nobody logged in: the tab was closed, the browser opened elsewhere, or the code was not entered in time.",
		Try: []string{
			"Run the git command again, and log in within five minutes.",
			"If no browser shows up, the terminal has the address, if there is one; `git config seal.browser COMMAND` names the program that opens it.",
			"On a machine without a browser: `git config seal.tokenProvider device` shows a code on the terminal, to be entered in any browser.",
		},
	},
	LoginPort: {
		What: "After the login the browser comes back to a port of this machine, the one in seal.redirectURL, and another program has that port.",
		Try: []string{
			"If another login waits there, end it.",
			"Take any free port: `git config --unset seal.redirectURL`; a provider that has to know the address beforehand needs another one registered.",
		},
	},
	LoginBrowser: {
		What: "No browser could be opened here, and there was no terminal to show the address on.",
		Try: []string{
			"Name the program that opens one: `git config --global seal.browser COMMAND`.",
			"In a terminal, log in with a code: `git config seal.tokenProvider device`.",
			"Put a token into SIGSTORE_ID_TOKEN, or name a file that holds one: `git config seal.tokenFile FILE`.",
		},
	},
	LoginDevice: {
		What: "A login with a code did not come about: the provider does not offer it, or there was no terminal to show the code on.",
		Try: []string{
			"Log in through a browser of this machine: `git config seal.tokenProvider browser`.",
			"Put a token into SIGSTORE_ID_TOKEN, or name a file that holds one: `git config seal.tokenFile FILE`.",
		},
	},
	LoginRefused: {
		What: "The provider does not take the request for a login: it does not know this client, the address that the browser is to come back to, or the service to log in with.",
		Try: []string{
			"`git config --show-origin --get-regexp '^seal'` shows what it was asked with: seal.issuer, seal.clientID, seal.connectorID, seal.redirectURL.",
			"The operator of the provider knows under which name git-seal is registered.",
		},
	},
	LoginAnswer: {
		What: "What stands at the address of the OpenID Connect provider did not answer as one does, or sent an ID token that does not belong to this login. Nothing of it was used.",
		Try: []string{
			"See whether the address is right: seal.issuer names it, else the instance's signing configuration.",
			"`date -u` shows this machine's clock: a token that seems to come from another day is refused.",
			"If it happens again, tell the provider's operator.",
		},
	},

	PublishUnasked: {
		What: "The public instance writes the certificate of every signature into public logs: the address or workflow that signed, and when. They are kept for ever, anybody can search them, and nobody can take anything out. So git-seal asks once before the first time; here nobody could be asked, because there was no terminal or this is CI. Nothing was sent.",
		Try: []string{
			"Agree by naming the identity: `git config --global seal.publishIdentity alice@example.com` for all your repositories, without --global for one.",
			"In CI, set GIT_SEAL_PUBLISH_IDENTITY=true in the environment.",
			"Commit once in a terminal: git-seal asks there, and keeps the answer.",
			"An instance of your own publishes nothing: `git seal init --trusted-root FILE --signing-config FILE`.",
		},
	},
	PublishDeclined: {
		What: "You said no to publishing this identity, so nothing was sent and nothing was signed. The answer is not kept, in case it was the account that was wrong.",
		Try: []string{
			"Sign as somebody else: log in with another account, or use another token.",
			"If the public log should never show you: `git config --global seal.publishIdentity false`, and an instance of your own.",
		},
	},
	PublishForbids: {
		What: "seal.publishIdentity is false: nobody's identity may be published from here. Signing with the public instance would do that. Nothing was sent.",
		Try: []string{
			"Sign with an instance of your own: `git seal init --trusted-root FILE --signing-config FILE`.",
			"If that was not meant for here, the error says where the setting stands; the repository's own goes before yours.",
		},
	},
	PublishPrivate: {
		What: "The CI system's token says that the project is not public. A certificate made of it names the owner, the repository, the ref, the workflow and the run's address, and the public logs show certificates for ever: everybody would learn what the project keeps to itself. Nothing was sent.",
		Try: []string{
			"Sign with an instance of your own: `git seal init --trusted-root FILE --signing-config FILE`.",
			"If its names may be known: GIT_SEAL_PUBLISH_IDENTITY=true in the job's environment.",
		},
	},

	ServiceTimeout: {
		What: "A service took the request and did not answer in time. It may be overloaded or down, or something between here and there (a proxy, a firewall) drops what it does not like.",
		Try: []string{
			"Run the git command again; most such failures pass.",
			"See the instance's status page; the public instance's is https://status.sigstore.dev.",
			"Give it more time: `git config seal.timeout 2m`.",
			"Behind a proxy, HTTPS_PROXY has to be set for git too, also in editors.",
		},
	},
	ServiceName: {
		What: "The name of the service could not be resolved: there is no network here, the resolver does not answer, or the name is wrong.",
		Try: []string{
			"See whether this machine is online, and whether a VPN is needed for an instance of your own.",
			"See whether the name is right: `git config --show-origin --get-regexp '^seal'`.",
		},
	},
	ServiceUnreachable: {
		What: "No connection to the service came about, or it ended before the answer did: nobody listens there, or something on the way cuts it.",
		Try: []string{
			"See whether the service is up, and whether its address and port are right: seal.signingConfig names it; seal.fulcio, seal.rekor and seal.timestampServerURL go first.",
			"Behind a proxy, HTTPS_PROXY has to be set for git too, also in editors.",
		},
	},
	ServiceUntrusted: {
		What: "The service's TLS certificate was not accepted: it is of an authority that this machine does not know, of another name, or out of date; or what answers does not speak TLS. A proxy that looks into connections does this, and so does a wrong clock. The ID token was not sent.",
		Try: []string{
			"`date -u` shows this machine's clock.",
			"If your company's proxy has an authority of its own, add that to this system's certificates, or name its file in SSL_CERT_FILE.",
			"If the service has no TLS, it has to be on this machine.",
		},
	},
	ServiceRedirect: {
		What: "The service sent the request elsewhere. git-seal does not follow to another host: what it sends may hold the ID token, and another host's answer is not what was asked for. A captive portal or a login page of a proxy does this, and so does an address that has moved.",
		Try: []string{
			"Open any web page: a network that wants you to log in shows its page there.",
			"Put the new address into the settings, if the service has moved.",
		},
	},
	ServiceCleartext: {
		What: "The address begins with http:// and leads to another machine, where everybody on the way could read the token and sign with it. So nothing was sent.",
		Try: []string{
			"Write the address with https://; the error names it. It comes from the settings, the signing configuration, or the variables of the CI system.",
		},
	},
	ServiceIdentity: {
		What: "The certificate authority does not accept the ID token: it does not know the token's provider, takes tokens for another audience, or holds it for expired. The error has its own words.",
		Try: []string{
			"See whether the provider is one that the instance accepts; the public instance lists its own at https://fulcio.sigstore.dev/api/v2/configuration.",
			"See whether the token is for that instance: one of a private provider is of no use to the public one.",
			"Get a new token: they last for minutes.",
		},
	},
	ServiceRefused: {
		What: "The service refused the request. The error has its own words.",
		Try: []string{
			"See whether the address is that of a service of this kind, with the path that it wants: seal.rekor is a log's, seal.timestampServerURL the whole address of a timestamp authority.",
			"See whether this git-seal and the service are of the same time: an old one may not know a new one's API.",
		},
	},
	ServiceBusy: {
		What: "The service gets more requests from here than it allows.",
		Try: []string{
			"Wait a minute, and run the git command again.",
			"A long rebase signs each commit: sign the last one alone, or the range when it is done, with an instance of your own.",
		},
	},
	ServiceFailed: {
		What: "The service answered that it has failed itself. Nothing is wrong here.",
		Try: []string{
			"Run the git command again in a minute.",
			"See the instance's status page; the public instance's is https://status.sigstore.dev.",
		},
	},
	ServiceTaken: {
		What: "The log has taken the signature in, and its answer was lost on the way; asked again, it says no more than that it knows it. Without the answer the signature has no proof, so it was thrown away. In the log it stays, and does no harm.",
		Try:  []string{"Run the git command again: that makes another signature."},
	},
	ServiceAnswer: {
		What: "The service answered with something that is not what was asked for: another certificate, entry or timestamp, one that does not verify, or no such thing at all. What it sent was thrown away. That is a fault of the service, something on the way that answers in its place, or an attack.",
		Try: []string{
			"Run the git command again; if it happens again, tell the operator of the service.",
			"See whether the address is that of a service of this kind: `git config --show-origin --get-regexp '^seal'`.",
		},
	},

	OwnSignature: {
		What: "git-seal verifies what it has made before git gets it, with its own verifier and with another implementation, and this one did not pass. So it was thrown away. As a rule the trusted root and the services do not belong together: the root is older than the services, or of another instance.",
		Try: []string{
			"Fetch both files of the instance anew: `git seal init --trusted-root FILE --signing-config FILE`.",
			"If they do belong together, report it with the error.",
		},
	},
}

// meanwhile is what may be done about every failure.
var meanwhile = []string{
	"Nothing is lost: what was staged is still staged, and the message you wrote is in the file that `git rev-parse --git-path COMMIT_EDITMSG` names.",
	"`git commit --no-gpg-sign` commits without a signature for now, and `git commit --amend --no-edit -S` signs that commit later.",
}
