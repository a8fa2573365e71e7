package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/testenv"
)

// A browser is a tab of a real browser, and what went wrong in it.
type browser struct {
	*testing.T
	ctx      context.Context
	site     *site
	axe      string
	problems []string // exceptions, messages of the console and dialogs
	foreign  []string // requests that left the site
}

func openBrowser(t *testing.T, s *site) *browser {
	t.Helper()
	axe, err := os.ReadFile(testenv.Cached(t, "axe", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	program, err := exec.Command(filepath.Join(testenv.Root(t), "scripts", "browser")).Output()
	if err != nil {
		t.Fatalf("scripts/browser: %v; ./test setup installs a browser", err)
	}
	options := append(
		slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(strings.TrimSpace(string(program))),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	allocator, stopAllocator := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, stop := chromedp.NewContext(allocator)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(func() { cancel(); stop(); stopAllocator() })
	b := &browser{T: t, ctx: ctx, site: s, axe: string(axe)}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			b.problems = append(b.problems, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			b.problems = append(b.problems, fmt.Sprintf("console: %s", e.Args[0].Value))
		case *page.EventJavascriptDialogOpening:
			b.problems = append(b.problems, "dialog: "+e.Message)
			go func() { _ = chromedp.Run(ctx, page.HandleJavaScriptDialog(true)) }()
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; !strings.HasPrefix(u, s.url) && !strings.HasPrefix(u, "data:") {
				b.foreign = append(b.foreign, u)
			}
		}
	})
	b.run(network.Enable(), runtime.Enable(), page.Enable(), b.theme("light"), chromedp.EmulateViewport(1280, 900))
	return b
}

func (b *browser) run(actions ...chromedp.Action) {
	b.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) theme(name string) chromedp.Action {
	return emulation.SetEmulatedMedia().
		WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}})
}

func (b *browser) open(path string) {
	b.Helper()
	b.run(chromedp.Navigate(b.site.url+path), chromedp.WaitReady("main"))
}

// text returns the visible text of an element.
func (b *browser) text(selector string) string {
	b.Helper()
	var text string
	b.run(chromedp.Text(selector, &text, chromedp.ByQuery))
	return text
}

func (b *browser) evaluate(script string, to any) {
	b.Helper()
	b.run(
		chromedp.Evaluate(
			script,
			to,
			func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) },
		),
	)
}

// eventually waits for a script to yield true.
func (b *browser) eventually(script, what string) {
	b.Helper()
	if err := chromedp.Run(b.ctx, chromedp.Poll(script, nil, chromedp.WithPollingTimeout(15*time.Second))); err != nil {
		b.Fatalf("%s: %v; the page shows: %s", what, err, b.text("main"))
	}
}

// accessible runs axe on the page.
func (b *browser) accessible(what string) {
	b.Helper()
	var report string
	b.evaluate(
		b.axe+`; axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v =>
		v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160)).join(" | "))))`,
		&report,
	)
	var violations []string
	if err := json.Unmarshal([]byte(report), &violations); err != nil {
		b.Fatal(err)
	}
	for _, v := range violations {
		b.Errorf("%s: %s", what, v)
	}
}

// pages are the addresses of every kind of page.
func (s *site) pages() map[string]string {
	s.Helper()
	batch := s.completedBatch().ID
	return map[string]string{
		"now": "/", "dates": "/dates", "date": "/dates/2025-01-17", "undated": "/dates/undated", "data": "/data",
		"attention": "/attention",
		"file": fileURL(
			"2025-01-17",
			quarantinedKey,
		), "batch": "/batches/" + string(batch), "failed": "/batches/" + string(s.failedBatch()),
		"rows": "/rows/" + string(batch) + "/0", "missing": "/nowhere",
		"confirm": "/confirm?" + url.Values{
			"action": {"release"},
			"date":   {"2025-01-17"},
			"key":    {quarantinedKey},
		}.Encode(),
		"filter": "/dates/2025-01-17?contains=IMG&status=quarantined",
	}
}

// Every page, in both themes and on a phone, is accessible, is no wider than the screen, runs
// nothing that comes from data, and asks no other server for anything.
func TestPagesInABrowser(t *testing.T) {
	s := newSite(t, nil)
	b := openBrowser(t, s)
	for name, path := range s.pages() {
		for _, theme := range []string{"light", "dark"} {
			b.run(b.theme(theme))
			b.open(path)
			b.accessible(name + " in " + theme)
			var dirty bool
			b.evaluate(
				`window.dirty !== undefined || document.querySelector("main img, main script") !== null`,
				&dirty,
			)
			if dirty {
				t.Errorf("%s: a name became markup", name)
			}
		}
		b.run(chromedp.EmulateViewport(375, 700, chromedp.EmulateMobile))
		var width int
		b.evaluate(`document.documentElement.scrollWidth`, &width)
		if width > 375 {
			t.Errorf("%s is %d pixels wide on a phone", name, width)
		}
		b.run(chromedp.EmulateViewport(1280, 900))
	}
	if len(b.problems) > 0 || len(b.foreign) > 0 {
		t.Errorf("problems %q, requests elsewhere %q", b.problems, b.foreign)
	}
}

func TestDirtyNamesAreShownAsText(t *testing.T) {
	s := newSite(t, nil)
	b := openBrowser(t, s)
	b.open(fileURL("2025-01-17", quarantinedKey))
	const want = "2025-01-17-<img src=x onerror=window.dirty=1>⟨U+202E⟩gnp.ndjson"
	if got := b.text("h1"); got != want {
		t.Errorf("the title is %q, want %q", got, want)
	}
	b.open("/dates/2025-01-17")
	text := b.text("main")
	for _, want := range []string{"bell⟨U+0007⟩-escape⟨U+001B⟩", "{{7*7}}${x}", "it's \"quoted\"", "größe-東京-🎁"} {
		if !strings.Contains(text, want) {
			t.Errorf("the date's page does not show %q", want)
		}
	}
	if strings.ContainsAny(text, "\u202e\a\x1b") {
		t.Error("the date's page has control or direction characters")
	}
}

// Each button asks first, shows the command that does the same, does it, and says what happened.
func TestButtons(t *testing.T) {
	s := newSite(t, nil)
	b := openBrowser(t, s)
	failed := s.failedBatch()
	press := func(place, label, command, result string) {
		t.Helper()
		b.open("/attention")
		b.run(
			chromedp.Click(fmt.Sprintf(`//%s//a[text()=%q]`, place, label), chromedp.BySearch),
			chromedp.WaitVisible(".ask form"),
		)
		if text := b.text(".ask"); !strings.Contains(text, "ndjson-parquet "+command) {
			t.Errorf("%s does not show its command %q: %s", label, command, text)
		}
		b.run(chromedp.Click(".ask button.primary"), chromedp.WaitVisible(".ask[role=status]"))
		if text := b.text(".ask"); !strings.Contains(text, "done") || strings.Contains(text, "not done") ||
			!strings.Contains(text, result) {
			t.Errorf("%s: %s", label, text)
		}
		s.wait()
	}
	file := func(date, key string) pipeline.Status {
		t.Helper()
		f, err := s.home.Ledger.File(t.Context(), date, key)
		if err != nil {
			t.Fatal(err)
		}
		return f.Status
	}

	press(`li[contains(., "onerror")]`, "Release", "release $'2025-01-17-<img", "pending")
	if got := file("2025-01-17", quarantinedKey); got != pipeline.Pending {
		t.Errorf("the released file is %s", got)
	}
	if err := os.Remove(s.broken()); err != nil {
		t.Fatal(err)
	}
	press(`section[@id="batches"]`, "Retry", "retry "+string(failed), "started")
	if batch, _, err := s.home.Ledger.Batch(t.Context(), failed); err != nil || batch.Status != pipeline.Completed {
		t.Errorf("the retried batch is %s (%v)", batch.Status, err)
	}
	press(`section[@id="letters"]`, "Redrive", "redrive", "1 dead letter settled")
	press(`li[contains(., "`+s.today()+`")]`, "Flush", "flush "+s.today(), "1 batch started")
	if n := s.pending(s.today()); n != 0 {
		t.Errorf("%d files of today are pending after the flush", n)
	}
	b.open("/attention")
	if text := b.text("main"); strings.Contains(text, "Failed batches") || strings.Contains(text, "Dead letters") {
		t.Errorf("what was fixed is still there: %s", text)
	}
	// An action that cannot be done says so.
	b.open("/confirm?action=retry&batch=" + string(failed))
	b.run(chromedp.Click(".ask button.primary"), chromedp.WaitVisible(".ask[role=status]"))
	if text := b.text(".ask"); !strings.Contains(text, "not done") {
		t.Errorf("a retry of a completed batch: %s", text)
	}
	if len(b.problems) > 0 {
		t.Errorf("problems: %q", b.problems)
	}
}

// A page follows the ledger without being loaded again, and keeps what the reader has opened and
// typed.
func TestPagesAreLive(t *testing.T) {
	s := newSite(t, nil)
	b := openBrowser(t, s)
	b.open("/")
	b.eventually(`document.getElementById("live").dataset.state === "on"`, "the stream opens")
	b.run(chromedp.Evaluate(`window.loadedOnce = true`, nil))
	published := s.files(pipeline.Completed)
	s.generate(
		generate.Plan{
			Seed:        9,
			From:        "2025-01-19",
			Days:        1,
			FilesPerDay: 3,
			FileBytes:   10_000,
			Shape:       "orders",
			Rate:        generate.AllAtOnce,
		},
	)
	s.run(false)
	want := number(s.files(pipeline.Completed))
	if want == number(published) {
		t.Fatal("nothing was published")
	}
	b.eventually(
		`document.querySelector(".journey li:last-child .figure").textContent === "`+want+`" && window.loadedOnce`,
		"the count of published files changes",
	)

	b.open("/dates/2025-01-19")
	b.eventually(`document.getElementById("live").dataset.state === "on"`, "the stream opens")
	b.run(chromedp.Click("details summary"), chromedp.SendKeys("input[type=search]", "half a word"))
	s.generate(
		generate.Plan{
			Seed:        10,
			From:        "2025-01-19",
			Days:        1,
			FilesPerDay: 4,
			FileBytes:   10_000,
			Shape:       "orders",
			Rate:        generate.AllAtOnce,
		},
	)
	s.run(false)
	b.eventually(`document.querySelectorAll("details tbody tr").length === 2`, "the second batch appears")
	var kept bool
	b.evaluate(`document.querySelector("details").open && document.activeElement.value === "half a word"`, &kept)
	if !kept {
		t.Error("the page lost its opened details or what was typed")
	}
	b.run(chromedp.Click("#theme"))
	var scheme string
	b.evaluate(`getComputedStyle(document.documentElement).colorScheme`, &scheme)
	if scheme != "light" {
		t.Errorf("the theme's button gives %q", scheme)
	}
}

func TestKeyboardAlone(t *testing.T) {
	s := newSite(t, nil)
	b := openBrowser(t, s)
	b.open("/attention")
	var reached []string
	for range 60 {
		var label string
		b.run(chromedp.KeyEvent("\t"))
		b.evaluate(`document.activeElement.textContent.trim().split("\n")[0]`, &label)
		reached = append(reached, label)
		if label == "Release" {
			break
		}
	}
	for _, want := range []string{"Skip to content", "Now", "Dates", "Data", "Retry", "Redrive", "Release"} {
		if !slices.ContainsFunc(reached, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("Tab does not reach %s: %q", want, reached)
		}
	}
	b.run(chromedp.KeyEvent("\r"), chromedp.WaitVisible(".ask form"))
}

// A page with everything that it loads is light.
func TestPagesAreLight(t *testing.T) {
	s := newSite(t, nil)
	b := openBrowser(t, s)
	const most = 100_000
	for name, path := range s.pages() {
		b.run(network.ClearBrowserCache())
		b.open(path)
		var weight, paint float64
		b.evaluate(`performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0)`, &weight)
		b.evaluate(
			`new Promise(done => new PerformanceObserver(list => done(list.getEntries()[0].startTime)).observe({
			type: "paint", buffered: true}))`,
			&paint,
		)
		t.Logf("%s: %.0f bytes, first paint after %.0f ms", name, weight, paint)
		if weight == 0 || weight > most {
			t.Errorf("%s weighs %.0f bytes, want at most %d", name, weight, most)
		}
	}
}
