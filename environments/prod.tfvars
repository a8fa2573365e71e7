environment = "prod"

# The defaults of the original design: ten files of 3.5 MB in a batch.
expected_file_size_mb  = 3.5
size_tolerance_percent = 10

# On demand: a new table takes 4,000 writes a second at once, which is 100 files a second and more. Provisioned capacity
# would have to be there before the burst.
dynamodb_billing_mode = "PAY_PER_REQUEST"

# A partial batch of today starts after 15 minutes.
max_batch_age_seconds = 900

# The addresses that receive the alerts, alert_emails, come from your own file or -var: an apply without any is refused.
