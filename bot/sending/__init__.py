"""What waits in the outbox is told: rate limits, retries, and what is uncertain."""
