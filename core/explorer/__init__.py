"""The live editor without its server: levers, state, session, cards, previews."""
