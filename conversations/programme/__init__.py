"""What the programme is, for everybody."""
