"""What databases of advisories look like as their makers give them: read strictly, or refused."""
