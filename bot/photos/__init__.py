"""Promised photos are fetched and kept, with a public copy and a hash of each."""
