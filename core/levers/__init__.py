"""From weights or Grams to directions: methods, solvers, and what describes the result."""
