"""Programs that make a report about an image."""
