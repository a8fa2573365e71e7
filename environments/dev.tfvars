# Small, cheap, and destroyed without confirmation.
environment   = "dev"
force_destroy = true

# For the check in docs/DEPLOY.md: 12 files of about 100 KB make one full batch, and two files wait for the end of the day.
expected_file_size_mb  = 0.1
size_tolerance_percent = 50

# No charge for tables while no files arrive.
dynamodb_billing_mode = "PAY_PER_REQUEST"

input_retention_days      = 7
ledger_retention_days     = 30
quarantine_retention_days = 30
