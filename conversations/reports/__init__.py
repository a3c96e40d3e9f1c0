"""What was reported, of whatever kind: seen by its sender, checked by an officer, and its photos."""
