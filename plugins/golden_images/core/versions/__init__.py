"""Which of two versions is the older one: each kind of package has its own answer."""
