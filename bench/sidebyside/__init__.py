"""The parts of the bench. Whole processes are measured, so nothing heavy may be imported into the one that starts them."""
