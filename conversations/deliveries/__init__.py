"""Goods on their way to a site: planned, handed over, confirmed."""
