"""The day after: what is known of releases now, and which images a fix is there for. Pure."""
