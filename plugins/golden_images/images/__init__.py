"""What an image is made of: context, layers, configuration, plan artifact, root file system."""
