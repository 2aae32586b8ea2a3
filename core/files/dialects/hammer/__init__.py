"""Parameter names of Hammer and the ReSeFa repository."""
