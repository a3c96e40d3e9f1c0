"""Who takes part, with which roles and phones, and who looks after whom."""
