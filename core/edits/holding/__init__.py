"""Hold: after a pull, the nearby code whose image keeps what lies outside a region."""
