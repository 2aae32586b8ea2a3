"""Which way levers of a region are found, and in which type columns are computed."""
