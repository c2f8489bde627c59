"""MNIST's digits, fonts and templates of strokes → scans, photos and drawings of handwriting."""
