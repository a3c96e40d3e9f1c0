from hypothesis import settings

# A busy machine is slow without anything being wrong.
settings.register_profile("unhurried", deadline=None, max_examples=6000)
settings.load_profile("unhurried")
