"""Phones that know nothing but text, behind a gateway: no buttons, pictures as links, nothing changed once sent."""
