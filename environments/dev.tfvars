# Small and cheap; deleted without asking.
environment   = "dev"
force_destroy = true

# The cost-optimized test sends 12 files of about 100 KB: one full batch, and two files that wait for the day's end.
expected_file_size_mb  = 0.1
size_tolerance_percent = 50

# Nothing is paid for tables while nothing arrives.
dynamodb_billing_mode = "PAY_PER_REQUEST"

input_retention_days      = 7
ledger_retention_days     = 30
quarantine_retention_days = 30
