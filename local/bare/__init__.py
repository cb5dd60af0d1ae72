"""``make bare``: a command on a fresh minimal Debian, in a fresh clone, on this machine."""
