"""The interactive editor without its server: levers, state, session, cards, previews."""
