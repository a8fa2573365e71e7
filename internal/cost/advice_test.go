package cost

import (
	"math"
	"testing"
)

func TestAdvise(t *testing.T) {
	w := Workload{FilesPerDay: 100_000, FileMB: 3.5, BatchFiles: 10}
	prices, assumed := ListPrices(), Assumptions()
	list, err := Advise(w, prices, assumed)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Advice{}
	for _, a := range list {
		by[a.Strategy] = a
		if a.Setting == "" || a.Text == "" || math.IsNaN(a.Native) || math.IsNaN(a.Glue) {
			t.Errorf("%+v", a)
		}
	}
	if len(by) != 5 {
		t.Fatalf("%d strategies, want 5", len(by))
	}
	// A batch of 100 files is a tenth of the Glue jobs, each of which is billed for a minute and
	// more.
	dear, err := Model(w, "glue", prices, assumed)
	if err != nil {
		t.Fatal(err)
	}
	larger := w
	larger.BatchFiles = 100
	cheap, err := Model(larger, "glue", prices, assumed)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := by["Batch size"].Glue, dear.Dollars("")-cheap.Dollars(""); math.Abs(got-want) > 1e-6 || got <= 0 {
		t.Errorf("larger batches save $%v, want $%v", got, want)
	}
	if a := by["Batch size"]; a.Glue < 10*a.Native {
		t.Errorf("larger batches save $%v with Glue, $%v natively: Glue gains most", a.Glue, a.Native)
	}
	// 0.625 dollars a million units on demand against 0.00065 / 3600 / 0.7 a unit of capacity that
	// is used to 70 %.
	writes, reads := 0.0, 0.0
	native, err := Model(w, "native", prices, assumed)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range native.Items {
		switch i.Price {
		case "dynamodb-write-unit":
			writes += i.Quantity
		case "dynamodb-read-unit":
			reads += i.Quantity
		}
	}
	want := writes*(0.625e-6-0.00065/3600/0.7) + reads*(0.125e-6-0.00013/3600/0.7)
	if got := by["Capacity"].Native; math.Abs(got-want) > 1e-6 || got <= 0 {
		t.Errorf("capacity saves $%v, want $%v", got, want)
	}
	for _, s := range []string{"Early quarantine", "Retention"} {
		if a := by[s]; a.Native <= 0 || a.Glue < a.Native-1e-6 || a.Native > native.Dollars("")/10 {
			t.Errorf("%s saves $%v and $%v of $%v", s, a.Native, a.Glue, native.Dollars(""))
		}
	}
	if _, err := Advise(Workload{}, prices, assumed); err == nil {
		t.Error("a workload without files is not refused")
	}
}
