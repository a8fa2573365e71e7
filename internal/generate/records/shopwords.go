package records

// The values that the shop chooses from.

type product struct {
	sku, title string
	cents      int
	sizes      bool
}

type city struct {
	name, country       string
	latitude, longitude float64
}

var products = []product{
	{"TSH-001", "T-shirt, plain", 1500, true},
	{"TSH-014", "T-shirt \"Wave\"", 1999, true},
	{"HOO-003", "Hooded jacket", 4950, true},
	{"MUG-002", "Mug, 0.3 l", 800, false},
	{"MUG-007", "Mug ☕ enamel", 1290, false},
	{"BAG-010", "Messenger bag / canvas", 6900, false},
	{"LMP-021", "Desk lamp", 3499, false},
	{"PEN-100", "Pencils, box of 12", 600, false},
	{"NTB-033", "Notebook A5\tdotted", 950, false},
	{"PST-005", "Poster “Größe zählt”", 1200, false},
}

var cities = []city{
	{"Berlin", "DE", 52.45, 13.35},
	{"München", "DE", 48.1, 11.5},
	{"Zürich", "CH", 47.35, 8.5},
	{"Wien", "AT", 48.18, 16.32},
	{"Kraków", "PL", 50.03, 19.9},
	{"Lyon", "FR", 45.73, 4.8},
	{"東京", "JP", 35.65, 139.7},
}

var (
	givenNames  = []string{"Ada", "Björn", "Chloé", "Dmitri", "Emre", "Fatima", "Greta", "Hiroshi", "Inés", "Jakub"}
	familyNames = []string{"Okafor", "Schmidt", "O'Brien", "Nowak", "García", "Yılmaz", "田中", "Larsen", "Novák",
		"Rossi"}
	streets      = []string{"Hauptstraße", "Rue de la Paix", "Bahnhofweg", "ul. Długa", "Lindenallee", "Mill Lane"}
	systems      = []string{"iOS 18.2", "Android 15", "Windows 11", "macOS 15.2", "Linux"}
	tags         = []string{"gift", "express", "first-order", "newsletter", "b2b", "sale"}
	coupons      = []string{"WINTER10", "WELCOME", "FRIENDS-15"}
	tiers        = []string{"bronze", "silver", "gold"}
	reasons      = []string{"too small", "damaged", "arrived late", "changed my mind"}
	clothSizes   = []string{"S", "M", "L", "XL"}
	clothColours = []string{"black", "white", "navy", "olive"}
	notes        = []string{
		"Please ring twice.",
		"Leave it with the neighbours,\nsecond floor.",
		"It's a \"surprise\" 🎁",
		"C:\\Users\\me says hi",
	}
)
