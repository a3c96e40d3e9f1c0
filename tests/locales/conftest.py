from hypothesis import settings

# A busy machine is slow without anything being wrong.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
