"""How batches are drawn: kills, bits, memory and processor time."""
