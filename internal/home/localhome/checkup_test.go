package localhome

import (
	"testing"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func TestCheckupFindsForgottenFilesAndClocks(t *testing.T) {
	ctx := t.Context()
	for name, at := range map[string]time.Time{
		"forgotten": time.Now().Add(-3 * time.Hour), "future": time.Now().Add(3 * time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			h := openBench(t, at.UTC().Format("2006-01-02 15:04:05"), nil)
			h.put("2025-01-17-a.ndjson", 1)
			if _, err := h.Run(ctx, name == "forgotten"); err != nil {
				t.Fatal(err)
			}
			places := h.Places
			if err := h.Close(ctx); err != nil {
				t.Fatal(err)
			}
			c := &home.Checkup{Root: places.Root}
			if err := Checkup(ctx, Root{Places: places}, pipeline.DefaultConfig(), c); err != nil {
				t.Fatal(err)
			}
			want := home.CheckupFinding{Area: "work", Subject: "pending files of 2025-01-17",
				Fix: "ndjson-parquet flush 2025-01-17 --root " + places.Root}
			if name == "future" {
				want = home.CheckupFinding{Area: "clock", Subject: "the ledger", Fix: "timedatectl status"}
			}
			for _, f := range c.Findings {
				if f.Area == want.Area && f.Subject == want.Subject && f.Verdict == home.Problem && f.Fix == want.Fix {
					return
				}
			}
			t.Errorf("want %+v among %+v", want, c.Findings)
		})
	}
}
