"""The pool of processes, and what runs in one of them."""
