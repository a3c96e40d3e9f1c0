"""What help is given for: plans, units of administration, sites."""
