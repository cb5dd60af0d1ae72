"""External bases: seen, settled, and whom they wake."""
