environment = "prod"

# The defaults of the original design: ten files of 3.5 MB in a batch.
expected_file_size_mb  = 3.5
size_tolerance_percent = 10

dynamodb_read_capacity  = 25
dynamodb_write_capacity = 50

# A partial batch of today starts after 15 minutes.
max_batch_age_seconds = 900

# Addresses that receive the alerts.
alert_emails = []
