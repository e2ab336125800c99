"""Training: the fit loop that resumes at a step, run folders, callbacks, optimisers, frozen layers, weights from elsewhere."""
