"""The explorer without its server: levers, state, session, cards, previews."""
