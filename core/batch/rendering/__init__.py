"""Parts of a drawer: places in chunks, codes that are kept, held regions, encoded pictures."""
