"""What waits in the inbox is answered, a batch of people in one transaction."""
