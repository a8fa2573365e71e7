package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// withKey encrypts everything with a key of the account's own.
var withKey = []string{"-var", "enable_kms=true"}

// Everything is encrypted: each role may use the key for what it reads and writes, and for nothing
// else.
func TestEncrypted(t *testing.T) {
	for engine, least := range map[string]int{"native": 0, "glue": 1} {
		t.Run(engine, func(t *testing.T) {
			w := newWorld(t, settings{options: withKey, glueMinBytes: least, visibility: 5 * time.Second})
			if w.key == "" {
				t.Fatal("there is no key")
			}
			date := today()
			w.putFiles(t, date, 0, 10)
			w.completed(t, date)
			w.put(t, fileKey("2026-02-30", 0), ndjson(0))
			w.checkQuarantine(t, map[string]string{fileKey("2026-02-30", 0): "bad-date"})
			w.command(t, "status")
			w.sweep(t, "sweep")
			if engine == "glue" {
				return
			}
			w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
				if !puts(r, ".parquet") {
					return false
				}
				deny(rw)
				return true
			})
			w.putFiles(t, date, 10, 20)
			w.ended(t, map[string]int{"SUCCEEDED": 1, "FAILED": 1})
			if alerts := w.alerted(t); len(alerts) != 1 || !strings.Contains(alerts[0].Error.Cause, "AccessDenied") {
				t.Errorf("alerts: %+v", alerts)
			}
		})
	}
}
