"""What people ask of images, as frozen records: the command line and the pages render the same ones."""
