"""The search for the code of one photograph: energy, coordinates, encoder, curvature, solver."""
