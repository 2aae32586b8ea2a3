"""What people look at: contact sheets, labels, comparisons, heat maps, frames."""
