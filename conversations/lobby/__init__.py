"""From an event to its conversation: who claims it, drafts begun and parked, home, replies."""
