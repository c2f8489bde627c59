"""Files of the machine: walking a tree, reading a content, writing a file whole."""
