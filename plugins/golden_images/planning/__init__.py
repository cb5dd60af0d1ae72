"""From a request to a decision: bases, changes, packages, survey."""
