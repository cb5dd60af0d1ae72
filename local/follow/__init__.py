"""Following the runs of all images, from the root base to the last grandchild."""
