"""The models that the package ships, and the registry of all there are."""
