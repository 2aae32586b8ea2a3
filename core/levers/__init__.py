"""Evidence to directions: weights or Grams, a method, a solver."""
