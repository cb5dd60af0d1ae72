"""Docker Engine: builds through BuildKit, pushes, and runs containers to look into."""

from golden_images.adapters.engine.client import DockerEngine

__all__ = ["DockerEngine"]
