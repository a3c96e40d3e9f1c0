"""What comes in, what goes out, and what is half said between."""
