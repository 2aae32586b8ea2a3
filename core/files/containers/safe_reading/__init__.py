"""What readers of pickles, archives and arrays share: bounded work, and no code ever runs."""
