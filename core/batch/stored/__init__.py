"""What the folder of a batch holds: its lines, its pictures, and whether they are whole."""
