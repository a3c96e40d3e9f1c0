"""How the tables came to be what they are, one change after another. The schema migrations."""
