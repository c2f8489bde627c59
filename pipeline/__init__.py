"""digitbox: scans of handwritten digits in, numbers you can trust out."""

__version__ = "0.1.0"
