"""What commands of batches and films share."""
