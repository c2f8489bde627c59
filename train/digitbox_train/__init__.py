"""Making models for digitbox, and measuring them. Needs the ``train`` extra, except where a
module says otherwise."""
