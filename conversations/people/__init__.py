"""Who takes part: joining, phones, language."""
