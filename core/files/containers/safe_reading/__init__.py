"""Safe reading of pickles, torch files and zip archives: bounded work, and no code ever runs."""
