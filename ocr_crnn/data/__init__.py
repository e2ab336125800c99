"""Ground truth and the way from image files to batches."""
