package pipeline

import (
	"fmt"
	"strings"
	"unicode"
)

// Advice says what an operator can do next. It is data: a page can show a button for each command,
// a terminal the command itself, quoted for the shell.
type Advice struct {
	Text     string    `json:"text"` // one or more sentences
	Commands []Command `json:"commands,omitempty"`
}

// A Command is a command of the program, without the program's name and without flags that select
// the pipeline.
type Command struct {
	Args   []string `json:"args"`
	Effect string   `json:"effect"` // a verb phrase whose subject is the command: "processes it now"
}

// String returns the advice as text. Arguments are quoted with ShellQuote.
func (a Advice) String() string {
	sentences := []string{a.Text}
	for _, c := range a.Commands {
		sentences = append(sentences, "`"+c.String()+"` "+c.Effect+".")
	}
	return strings.Join(sentences, " ")
}

// String returns the command as a line of shell.
func (c Command) String() string {
	quoted := make([]string, len(c.Args))
	for i, arg := range c.Args {
		quoted[i] = ShellQuote(arg)
	}
	return strings.Join(quoted, " ")
}

// ShellQuote returns arg as one word of a POSIX shell. Control and format characters become escapes
// of the $'…' form, so that the result is safe to print and to copy.
func ShellQuote(arg string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%^"
	switch {
	case arg != "" && strings.Trim(arg, plain) == "":
		return arg
	case strings.ContainsFunc(arg, func(r rune) bool {
		return r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 ||
			r == '\ufffd' || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
	}):
		return ansiQuote(arg)
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// ansiQuote quotes arg as $'…', which Bash, Zsh and KornShell understand.
func ansiQuote(arg string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(arg) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// A Resumption says what continues waiting work.
type Resumption int

// The resumptions.
const (
	ResumedByCommand Resumption = iota // the run or the serve command
	ResumedBySweep                     // a sweep that comes by itself
)

// continues returns text followed by what continues the work, with the given effect.
func (r Resumption) continues(text, effect string) Advice {
	if r == ResumedBySweep {
		return Advice{Text: text + " The next sweep " + effect + "."}
	}
	return Advice{Text: text, Commands: []Command{{[]string{"run"}, effect}}}
}

// Advise returns what an operator can do about a file.
func Advise(f File, r Resumption) Advice {
	release := func(text, effect string) Advice {
		return Advice{text, []Command{{[]string{"release", f.Key}, effect}}}
	}
	switch f.Status {
	case Pending:
		if f.Reason == ReasonIsolated {
			return Advice{"It waits for a batch of its own, because its batch failed repeatedly.",
				[]Command{{[]string{"flush", f.DatePrefix}, "processes it now"}}}
		}
		return Advice{"It waits for its batch to fill.",
			[]Command{{[]string{"flush", f.DatePrefix}, "processes it now"}}}
	case Manifested, Processing:
		return r.continues("Its batch is under way.", "continues it if it has stopped")
	case Completed:
		if f.Rejected > 0 {
			return Advice{
				Text: "Its valid lines are published. To add the rejected ones, put them into a new file, corrected."}
		}
		return Advice{Text: "Nothing: it is published."}
	case Failed:
		return adviseFailed(f, r)
	case Quarantined:
		switch f.Reason {
		case ReasonOverwritten:
			return release("The first version is published.", "publishes this one as well")
		case ReasonNoDate, ReasonBadDate:
			return Advice{"Give it a name like 2025-01-17-anything.ndjson and put it into the input again, or set " +
				"DATE_PATTERN to where its date is.",
				[]Command{{[]string{"plan"}, "proposes a pattern"}}}
		case ReasonBadName:
			return Advice{Text: "Give it a name like 2025-01-17-anything.ndjson and put it into the input again."}
		case ReasonBadExtension:
			return release("Add its extension to INPUT_EXTENSIONS for further files of this kind.", "accepts this one")
		case ReasonFutureDate:
			return release("It can be released once its date has come.", "then accepts it")
		}
		if f.Reason == ReasonNotNDJSON {
			return release("None of it is published, because it has no record that can be read. Convert it to "+
				"NDJSON and "+
				"put it into the input again, or, if it is a JSON array or its documents take several lines, set "+
				"RECORDS_PATH and release it.", "processes it again; without another setting, all its lines become "+
				"rejected records")
		}
		return release("Correct it and put it into the input again, or accept it as it is.", "accepts it")
	}
	return Advice{}
}

func adviseFailed(f File, r Resumption) Advice {
	switch f.Reason {
	case ReasonBatchFailed:
		return Advice{"Remove the cause.", []Command{{[]string{"retry", string(f.BatchID)}, "then processes it again"}}}
	case ReasonConflict:
		return r.continues("It was changed after it was admitted. None of it is published.",
			"admits the version that is there now")
	case ReasonMissing:
		return Advice{
			"It was removed before it could be read. None of it is published. Put it into the input again.",
			[]Command{{[]string{"retry", f.Key}, "reads the same version again, if it is back"}}}
	}
	return Advice{"None of it is published. Correct it and put it into the input again.",
		[]Command{{[]string{"retry", f.Key}, "reads it again as it is"}}}
}

// AdviseDeadLetter returns what an operator can do about an arrival that could not be admitted.
func AdviseDeadLetter(d DeadLetter) Advice {
	return Advice{
		fmt.Sprintf("%s could not be admitted in %d attempts: %s. Remove the cause.", d.Key, d.Attempts, d.Error),
		[]Command{{[]string{"redrive"}, "then tries again"}},
	}
}

// AdviseUnknown returns what an operator can do about a name that the ledger does not have; input
// is the address of the input.
func AdviseUnknown(name, input string, r Resumption) Advice {
	a := r.continues(fmt.Sprintf("no file %q is known. Is it in %s?", name, input), "admits it from there")
	a.Commands = append(a.Commands, Command{[]string{"files"}, "lists the known files"})
	return a
}
