"""Phones that know nothing but text, behind a gateway: no buttons, pictures as links, nothing changed once sent.

The adapter of a text (SMS) gateway.
"""
