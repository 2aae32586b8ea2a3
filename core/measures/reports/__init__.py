"""Tables of levers: what a measure is, how its numbers are summarised, and the report."""
