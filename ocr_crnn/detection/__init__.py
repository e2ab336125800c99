"""Text detectors: image → quads and scores. One file a detector: network, targets, loss, maps → quads."""
