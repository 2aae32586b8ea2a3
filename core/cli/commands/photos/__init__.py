"""Commands for photographs."""
