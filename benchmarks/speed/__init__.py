"""How fast images are read, beside the least that has to be done for it, and beside other ways."""
