"""What engines run: the pictures of a plan, and the Grams of many codes, in shards."""
