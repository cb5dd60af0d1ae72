"""Findings that do not count for a while: said by whom, why, about what and until when."""
