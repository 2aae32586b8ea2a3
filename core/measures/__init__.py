"""What a picture shows, and what an edit changed: measures with and without ground truth."""
