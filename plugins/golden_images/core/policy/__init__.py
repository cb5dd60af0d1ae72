"""What an image has to meet to be released. Reading a policy is light; :mod:`.evaluate` is imported by
whoever judges."""
