environment = "prod"

# The seed's: files of 3.5 MB, ten a batch.
expected_file_size_mb  = 3.5
size_tolerance_percent = 10

dynamodb_read_capacity  = 25
dynamodb_write_capacity = 50

# A batch of today need not wait for its tenth file for ever.
max_batch_age_seconds = 900

# Who is told: the address of the people on call.
alert_emails = []
