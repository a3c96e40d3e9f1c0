"""What people mean by the words they write of their own accord. Natural-language understanding, by rules."""
