package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/git-seal/git-seal/verifier/trust/store"
	"github.com/git-seal/git-seal/verifier/trust/tuf"
)

func (h *host) trustUpdateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "update",
		Short: "Get the newest trusted root from the TUF repository",
		Long: `Ask the TUF repository (seal.tufMirror) for the instance's trusted root and signing
configuration, and keep them if they verify: signed by the root that is known
(seal.tufRoot) or one that it vouches for, not expired, and not older than before.
What does not verify changes nothing. Signing does the same once a day.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i, vals, err := h.tufInstance(cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), vals.timeout())
			defer cancel()
			before := i.kept
			if err := h.updateTrust(ctx, i, nil); err != nil {
				return updateFailure(err, updateHints)
			}
			return h.tellUpdate(i, before)
		},
	}
	addSettingsNamed(cmd, settingTUFMirror, settingTUFRoot, settingTimeout)
	return cmd
}

func (h *host) trustImportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Take the trusted root from an exported TUF repository",
		Long: `Take the instance's trusted root and signing configuration from a FILE that
git seal trust export wrote, for a machine that cannot reach the TUF repository. The
file is trusted no more than a mirror: it is verified in the same way, by the root
that this machine knows.`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			i, _, err := h.tufInstance(cmd)
			if err != nil {
				return err
			}
			text, err := readFileMax(h.abs(args[0]), maxExport)
			if err != nil {
				return fail(exitNotGood, "%w", err).withHint("git seal trust export FILE writes it, where there is a network")
			}
			exported, err := tuf.ParseRepository(text)
			if err != nil {
				return fail(exitNotGood, "%s: %w", args[0], err).withHint("git seal trust export FILE writes it, where there is a network")
			}
			before := i.kept
			if err := h.importTrust(cmd.Context(), i, args[0], exported); err != nil {
				return updateFailure(err, importHints)
			}
			return h.tellUpdate(i, before)
		},
	}
	addSettingsNamed(cmd, settingTUFMirror, settingTUFRoot)
	return cmd
}

// maxExport bounds what import reads; the public-good instance's export has
// 60 kB.
const maxExport = 16 << 20

// tellUpdate says what came of an update, before which something else was kept,
// or nothing.
func (h *host) tellUpdate(i *instance, before *store.Trusted) error {
	out := newOutput(h.stdout)
	switch {
	case before == nil:
		out.printf("%s: trusted root of version %d\n", printable(i.name()), i.kept.TargetsVersion)
	case before.TargetsVersion == i.kept.TargetsVersion:
		out.printf("%s: trusted root of version %d, as before\n", printable(i.name()), i.kept.TargetsVersion)
	default:
		out.printf("%s: trusted root of version %d, before that %d\n", printable(i.name()), i.kept.TargetsVersion, before.TargetsVersion)
	}
	if !i.fromTUF() {
		h.say("the program has a newer one, which counts")
	}
	return out.close()
}

func (h *host) trustExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write the TUF repository for machines without a network",
		Long: `Write what TUF verified last, metadata and all, to a FILE from which
git seal trust import takes it elsewhere. The other machine verifies it again, so the
way there need not be a safe one; but it expires as the repository's metadata does,
the public-good instance's within a week.`,
		Args: oneArg,
		RunE: func(cmd *cobra.Command, args []string) error {
			i, _, err := h.tufInstance(cmd)
			if err != nil {
				return err
			}
			text, expires, err := h.export(cmd.Context(), i)
			if err != nil {
				return err
			}
			if err := os.WriteFile(h.abs(args[0]), text, 0o644); err != nil {
				return err
			}
			h.say("%s: good until %s", args[0], day(expires))
			return nil
		},
	}
	addSettingsNamed(cmd, settingTUFMirror, settingTUFRoot)
	return cmd
}

// export is what TUF verified last, verified once more: who takes it there
// finds out here, and not where there is no network.
func (h *host) export(ctx context.Context, i *instance) (text []byte, expires time.Time, err error) {
	if i.store == nil || i.kept == nil {
		return nil, expires, fail(exitNotGood, "%w of the TUF repository %s", errNeverVerified, i.mirror).withHint("git seal trust update asks it")
	}
	unlock, err := i.lock(ctx)
	if err != nil {
		return nil, expires, updateFailure(err, updateHints)
	}
	defer unlock()
	last, err := i.readRepository()
	if err != nil {
		return nil, expires, fail(exitNotGood, "what TUF verified last: %w", err).withHint("git seal trust update gets it anew")
	}
	v, err := tuf.Verify(h.tufOptions(i), "what TUF verified last", last, nil)
	if err != nil {
		return nil, expires, updateFailure(err, updateHints).withHint("git seal trust update gets it anew")
	}
	text, err = last.Marshal()
	return text, v.Expires, err
}
