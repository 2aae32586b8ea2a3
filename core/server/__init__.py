"""Pages' requests to explorers: routes, sessions, one thread that computes. Both fronts use it."""
