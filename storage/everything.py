"""Every table, for those who must know them all."""
